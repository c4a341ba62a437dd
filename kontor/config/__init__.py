"""Django's settings, the address table and the WSGI entry: the only place that knows every part."""
