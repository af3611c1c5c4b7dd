"""防災アセスメント: how many sites, metres of road, hectares and persons lie in each class of each hazard layer.

A straight overlay of published layers. What no area covers is "not assessed"; nothing here has a word for "safe".
"""
