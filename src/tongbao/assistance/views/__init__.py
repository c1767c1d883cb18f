"""Pages: office.py for the desk, own.py for an organisation."""
