"""Cases as other products export them, read into one neutral form. Pure; written from the documented shapes.

model.py    the neutral form       reading.py   JSON with places and bounds      files.py   a whole file
rt.py       RTIR: REST 2 tickets   thehive.py   TheHive 5 cases                  iris.py    DFIR-IRIS cases
"""

from tongbao.standards.casefiles.files import PRODUCTS, read
from tongbao.standards.casefiles.model import ForeignCase, Named, Piece, Product

__all__ = ["PRODUCTS", "ForeignCase", "Named", "Piece", "Product", "read"]
