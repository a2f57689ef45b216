"""HTTP in, HTML or JSON out. `blueprints.py` lists every page."""
