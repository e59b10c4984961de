"""The firm's colours in place of a template's, wherever Word says them."""

from __future__ import annotations

import pytest

from folderkit.documents.drawn.colors import recolor

DRAWN, FIRM = {"ink": "1F3A5F", "tint": "EEEEFF"}, {"ink": "AA0000", "tint": "FFEEEE"}


@pytest.mark.parametrize(("drawn", "wanted"), [
    ('<w:color w:val="1f3a5f"/>', '<w:color w:val="AA0000"/>'),
    ('<w:color w:val="1F3A5F" w:themeColor="accent1" w:themeShade="BF"/>', '<w:color w:val="AA0000"/>'),
    ('<w:shd w:val="clear" w:color="auto" w:fill="EEEEFF" w:themeFill="accent1" w:themeFillTint="33"/>',
     '<w:shd w:val="clear" w:color="auto" w:fill="FFEEEE"/>'),
    ('<w:shd w:val="clear" w:color="auto" w:themeColor="text1" w:fill="EEEEFF" w:themeFill="accent1"/>',
     '<w:shd w:val="clear" w:color="auto" w:themeColor="text1" w:fill="FFEEEE"/>'),
    ('<w:top w:val="single" w:color="1F3A5F" w:themeColor="accent1"/>', '<w:top w:val="single" w:color="AA0000"/>'),
    ('<w:color w:val="123456" w:themeColor="accent1"/>', '<w:color w:val="123456" w:themeColor="accent1"/>'),
    ('<a:srgbClr val="1F3A5F"/>', '<a:srgbClr val="AA0000"/>'),
    ('<w:t>"1F3A5F"</w:t>', '<w:t>"1F3A5F"</w:t>'),
])
def test_a_colour_of_the_template_becomes_the_firms_and_no_theme_overrides_it(drawn: str, wanted: str) -> None:
    assert recolor(drawn, DRAWN, FIRM) == wanted
