"""Elements of HTML and SVG: text that is put into one is escaped when it is written, always."""

from __future__ import annotations

from xml.etree import ElementTree as ET

Child = ET.Element | str


def element(name: str, /, *children: Child, **attributes: object) -> ET.Element:
    """Make an element; `class_` is its class, `_` in a name a hyphen, and an attribute that is None is left out."""
    given = {key.rstrip("_").replace("_", "-"): str(value) for key, value in attributes.items() if value is not None}
    made = ET.Element(name, given)
    last: ET.Element | None = None
    for child in children:
        if isinstance(child, ET.Element):
            made.append(child)
            last = child
        elif last is None:
            made.text = (made.text or "") + child
        else:
            last.tail = (last.tail or "") + child
    return made


def page(root: ET.Element) -> str:
    """Return an HTML document, pure ASCII, each block on a line of its own."""
    ET.indent(root, " ")
    text: str = ET.tostring(root, encoding="unicode", method="html")
    return "<!DOCTYPE html>\n" + text.encode("ascii", "xmlcharrefreplace").decode() + "\n"
