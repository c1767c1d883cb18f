"""What the web server runs."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongbao.wiring.django_settings")
application = get_wsgi_application()

# What is loaded now stays for good: no collection walks it again.
gc.collect()
gc.freeze()
