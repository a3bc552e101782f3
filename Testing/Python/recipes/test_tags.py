"""Recipes in segment tags that this version cannot read are refused in one sentence."""

import json

import pytest

from MultiModalSegmentationLib.parameters.settings import SCHEMA_VERSION
from MultiModalSegmentationLib.recipes.recipe import Recipe


def test_a_recipe_of_a_later_schema_asks_for_an_update():
    with pytest.raises(ValueError, match="made by a later version of this module: update the extension"):
        Recipe.from_tag(json.dumps({"schemaVersion": SCHEMA_VERSION + 1, "growing": {}}))
    assert Recipe.from_tag(json.dumps({"schemaVersion": SCHEMA_VERSION, "growing": {}})).is_growing


@pytest.mark.parametrize("text", ["", "{", "no recipe", "[1, 2]", "7", '{"growing": {}}'])
def test_another_text_is_no_recipe(text):
    with pytest.raises(ValueError, match="tag is no recipe of this module") as caught:
        Recipe.from_tag(text)
    assert "\n" not in str(caught.value)


def test_a_recipe_comes_back_from_its_tag_whatever_it_holds():
    content = {
        "schemaVersion": SCHEMA_VERSION,
        "volumes": [{"name": "T1|T2: a — Größe 脳 \\ \" '"}],
        "x": [1.5, None, True],
    }
    tag = Recipe(content).to_tag()
    assert not set(tag) & set("|\n") and tag.isascii()
    assert Recipe.from_tag(tag).content == content
