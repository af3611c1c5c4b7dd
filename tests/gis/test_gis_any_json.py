"""Whatever JSON a file holds, the answer is a layer or a LayerError."""

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from core.errors import LayerError
from gis import load_layer

numbers = st.one_of(st.integers(), st.floats(), st.sampled_from([140.4, 38.6, 140.45, 38.65]))
json_values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
coordinates = st.recursive(numbers, lambda inner: st.lists(inner, max_size=5), max_leaves=20) | json_values
geometries = st.fixed_dictionaries(
    {"type": st.sampled_from(["Polygon", "MultiPolygon", "Point"]) | json_values}, optional={"coordinates": coordinates}
)
properties = st.dictionaries(st.sampled_from(["name", "A31a_205", "A31a_202", "geometry", "id"]), json_values)
features = st.fixed_dictionaries(
    {"type": st.just("Feature") | json_values},
    optional={"properties": properties | json_values, "geometry": geometries | json_values, "id": json_values},
)
files = st.fixed_dictionaries(
    {"type": st.just("FeatureCollection") | json_values, "features": st.lists(features, max_size=3) | json_values},
    optional={"crs": json_values},
)


@pytest.mark.parametrize("kind", ["boundary", "flood_depth"])
@settings(
    max_examples=150, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(document=files)
@example({"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [[140.4, 38.6], [140.5, 38.6]]}})
@example({"type": "Polygon", "coordinates": [[[140.4, 38.6], [140.4, 38.6], [140.4, 38.6], [140.4, 38.6]]]})
@example({"type": "Polygon", "coordinates": [[[140.4, 38.6], [140.5, 38.6], [140.4, 38.6]]]})
def test_any_json_is_a_layer_or_a_layer_error(make_layer, town, kind, document):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.geojson"
        path.write_text(json.dumps(document), encoding="utf-8")
        try:
            loaded = load_layer(make_layer(kind, path), town)
            assert loaded.frame.geometry.is_valid.all()
        except LayerError as error:
            event("a hint" if error.hint else "no hint")
