"""The words of Yukimori: frozen domain types, the table of quantities, units, times, levels, errors.

Standard library only; every other package may import this one, this one imports none of them.
"""
