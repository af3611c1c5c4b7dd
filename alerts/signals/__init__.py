"""What rules read: pure functions that turn the samples of datastreams into one sequence a ladder can be held against."""
