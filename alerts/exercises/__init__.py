"""What is learnt from an exercise (訓練)."""
