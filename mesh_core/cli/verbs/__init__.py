"""One file a verb, loaded when it is called; none imports more than click before it runs."""
