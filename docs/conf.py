"""Sphinx's settings. `make docs` builds from a folder that tests/docs/site.py lays out.

Nothing is fetched, when the site is built or when it is read: no intersphinx, no fonts or
scripts of other hosts.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from typing import Any

from metaan import FACE
from metaan.core.version import VERSION

project = "metaan"
author = "The metaan authors"
version = release = VERSION
project_copyright = author

extensions = [
    "sphinx.ext.autodoc",
    "numpydoc",
    "myst_nb",
    "sphinx_design",
    "sphinx_copybutton",
]
templates_path = ["_templates"]
exclude_patterns = ["_build"]

# Single backticks in docstrings name functions and parameters; what is no name stays code.
default_role = "py:obj"
add_module_names = False
toc_object_entries = False
autodoc_typehints = "none"
autodoc_preserve_defaults = True
numpydoc_show_class_members = False
# Types of parameters lead to our records, and to nothing else.
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {
    name: f"metaan.{name}" for name in FACE if not name.islower() and not name.isupper()
}
numpydoc_validation_checks = {"PR01", "PR02", "PR04", "PR10", "RT03", "YD01"}
numpydoc_validation_exclude = {r"^metaan\.[A-Z]"}

nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence", "html_image", "attrs_inline"]
myst_heading_anchors = 4
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
copybutton_exclude = ".linenos, .gp, .go"

html_theme = "pydata_sphinx_theme"
html_title = "metaan"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_context = {"default_mode": "auto"}
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False
html_last_updated_fmt = None
# Pages with nothing below them have no navigation at their side.
ALONE = ("index", "start", "from_r", "command_line", "search", "genindex")
html_sidebars = {page: [] for page in ALONE}
html_theme_options = {
    "logo": {"text": "metaan"},
    "navbar_end": ["theme-switcher"],
    "navbar_align": "left",
    "header_links_before_dropdown": 8,
    "show_prev_next": True,
    "show_toc_level": 2,
    "secondary_sidebar_items": {"**": ["page-toc"], "index": []},
    "footer_start": ["license"],
    "footer_end": ["sphinx-version"],
    "show_version_warning_banner": False,
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}


def shorten_signature(
    _: Any, what: str, __: str, obj: Any, ___: Any, text: str | None, returns: str | None
) -> tuple[str, str | None] | None:
    """Return no signature for records, whose fields stand below, and plain values of defaults."""
    made = what == "class" and dataclasses.is_dataclass(obj)
    if made and "\nParameters\n" not in inspect.cleandoc(obj.__doc__ or ""):
        return "", None
    if not text:
        return None
    known = getattr(inspect.unwrap(obj), "__globals__", {})

    def value(found: re.Match[str]) -> str:
        meant = known.get(found.group(1))
        return f"={meant!r}" if isinstance(meant, (str, int, float)) else found.group()

    return re.sub(r"=([A-Z][A-Z0-9_]+)\b", value, text), returns


def setup(app: Any) -> None:
    """Connect what Sphinx has no setting for."""
    from numpydoc.xref import DEFAULT_LINKS

    DEFAULT_LINKS.clear()  # they lead into the documentation of Python, which would be fetched
    app.connect("autodoc-process-signature", shorten_signature)
