"""Living datasets: which rows rest on text that changed, and what is done about them."""
