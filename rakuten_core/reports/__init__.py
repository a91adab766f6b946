"""Tables that pages and exports show, all computed from `assets/`."""
