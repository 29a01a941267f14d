"""The studio: a web application over one workspace, on the reader's own machine.

A page is a module with `routes`; it answers with one frozen Context, shown as HTML or, under `.json`, as data.
"""
