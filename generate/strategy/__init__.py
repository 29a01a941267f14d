"""Ways to turn a planned item into a draft with a language model: in one call, or question for a chosen answer.

Each strategy is a function from an iterable of `Planned` to an iterator of `Attempt`, in the same order.
"""
