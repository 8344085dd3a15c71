"""What a description offers: GET paths with lists of records, their fields and paging; and proposals with evidence."""
from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import sandbox.connectors.rest
from sandbox.connectors.rest.openapi import openapi_offer, openapi_tables, words
from sandbox.connectors.rest.settings import source_of
from sandbox.errors import InputRefused
from sandbox.knowledge import Proposal, capabilities_from_openapi, capabilities_from_sample
from sandbox.receiving.writing import TableWriter

SAMPLE = Path(sandbox.connectors.rest.__file__).parent / "sample"
TEXT = (SAMPLE / "openapi.yaml").read_bytes()


def test_only_get_paths_with_a_list_of_records_are_offered():
    offer = openapi_offer(TEXT)
    assert offer == openapi_offer(json.dumps(yaml.safe_load(TEXT)))
    assert (offer.base, [table.settings() for table in offer.tables]) == ("https://demo.psa.example/api/v2", [
        {"name": "clients", "path": "/clients", "at": "results", "key": ["id"],
         "page": {"style": "page", "parameter": "page", "size_parameter": "page_size", "size": 250}},
        {"name": "lines", "path": "/contracts/lines", "at": "data", "key": ["id"], "query": {"contract": ""},
         "page": {"style": "cursor", "parameter": "after", "next": "meta.next_cursor", "size_parameter": "limit", "size": 100}}])
    assert [table.fields for table in offer.tables] == [
        {"id": "integer", "name": "text", "address.city": "text", "parent.id": "integer", "parent.name": "text",
         "parent.address.city": "text", "parent.parent": "object"},
        {"id": "text", "client": "text", "quantity": "integer", "starts_on": "date", "price": "number"}]
    clients, lines = offer.tables
    assert (clients.parameters, lines.needs, clients.says) == (("is_active",), ("contract",), "All clients")
    assert dict(offer.left_out) == {
        "/clients/{id}": "it needs a value for id in its path",
        "/lines/recalculate": 'its name "sendLines" says that it does something; only what reads is offered',
        "/reports/usage.csv": "it answers text/csv; a list of records in JSON is needed",
        "/remote": "it refers to https://elsewhere.example/schema.json#/Client, outside this description; put that into "
                   "the one file"}
    source_of({"base": offer.base, "tables": [table.settings() for table in offer.tables]})


def swagger(**item):
    return {"swagger": "2.0", "host": "psa.example", "basePath": "/v1", "schemes": ["http", "https"],
            "paths": {"/clients": {"get": item}},
            "definitions": {"Client": {"type": "object", "properties": {"uuid": {"type": "string"}}}}}


def test_swagger_two_and_every_paging_are_understood():
    schema = {"type": "array", "items": {"$ref": "#/definitions/Client"}}
    parameters = [{"name": "offset", "in": "query", "type": "integer"},
                  {"name": "limit", "in": "query", "type": "integer", "maximum": 50}]
    offer = openapi_offer(swagger(parameters=parameters, responses={"200": {"schema": schema}}))
    assert (offer.base, offer.tables[0].settings()) == ("https://psa.example/v1", {
        "name": "clients", "path": "/clients", "key": ["uuid"],
        "page": {"style": "offset", "parameter": "offset", "size_parameter": "limit", "size": 50}})
    linked = {"type": "object", "properties": {"links": {"type": "object", "properties": {"next": {"type": "string"}}},
                                               "data": {**schema}}}
    pages = [openapi_tables(swagger(parameters=more, responses={"200": {"schema": each, "headers": headers}}))[0].page
             for each, more, headers in ((linked, [], {}), (schema, [], {"Link": {}}), (schema, [], {}),
                                         (schema, [{"name": "pageNumber", "in": "query", "default": 0}], {}))]
    assert pages == [{"style": "link", "next": "links.next"}, {"style": "link"}, {"style": "none"},
                     {"style": "page", "parameter": "pageNumber", "first": 0}]


@pytest.mark.parametrize(("schema", "why"), [
    ({"$ref": "#/definitions/Loop"}, "its reference #/definitions/Loop leads in a circle"),
    ({"$ref": "#/definitions/None"}, "its reference #/definitions/None leads nowhere"),
    ({"$ref": "file:///etc/passwd"}, "it refers to file:///etc/passwd, outside this description; put that into the one file"),
    ({"$ref": "other.yaml#/A"}, "it refers to other.yaml#/A, outside this description; put that into the one file"),
    ({"type": "object", "properties": {"id": {"type": "string"}}}, "it answers one record, not a list"),
    ({"type": "array", "items": {"type": "string"}}, "the records of its list have no named fields"),
    (None, "it does not say what it answers; a list of records in JSON is needed"),
])
def test_what_cannot_be_offered_says_why(schema, why):
    document = swagger(responses={"200": {"schema": schema} if schema else {}})
    document["definitions"]["Loop"] = {"$ref": "#/definitions/Loop"}
    assert openapi_offer(document).left_out == (("/clients", why),)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"openapi: 3.0.0", b"\xff", b"openapi: 4.0.0\npaths: {}", b"a: [",
                                  b"{}" + b"[" * 9999, b"a: &a [x]\nb: [*a, *a]", b"[" * 500 + b"]" * 500,
                                  b"!!python/object/apply:os.system [id]"])
def test_what_is_no_description_is_refused(text):
    with pytest.raises(InputRefused):
        openapi_offer(text)


def test_schemas_inside_themselves_end():
    item = {"type": "object", "properties": {name: {"$ref": "#/definitions/Client"} for name in "abcdefghij"}}
    document = swagger(responses={"200": {"schema": {"type": "array", "items": {"$ref": "#/definitions/Client"}}}})
    document["definitions"]["Client"] = {**item, "allOf": [{"$ref": "#/definitions/Client"}]}
    assert 0 < len(openapi_tables(document)[0].fields) <= 500


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("#/paths"),
                           lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
                               ["$ref", "get", "responses", "200", "schema", "items", "type", "properties", "allOf", "parameters",
                                "name", "in", "content", "application/json", "/a", "headers"]), inner, max_size=4), max_leaves=20)


@settings(max_examples=100, deadline=None)
@given(json_values)
def test_any_description_is_offered_or_refused(inner):
    document = {"openapi": "3.0.0", "paths": {"/a": inner if isinstance(inner, dict) else {"get": inner}}}
    offer = openapi_offer(document)
    assert len(offer.tables) + len(offer.left_out) <= 1


def test_words_of_names():
    assert [words(name) for name in ("deleteClient", "client_id", "ClientID", "SKUCode2", "quantité")] == [
        ["delete", "client"], ["client", "id"], ["client", "id"], ["sku", "code", "2"], ["quantité"]]


def test_capabilities_come_with_their_evidence():
    found = {each.capability: (each.answer, each.evidence) for each in capabilities_from_openapi(TEXT)}
    assert found == {
        "read": ("yes", ("GET /clients", "GET /contracts/lines")), "export": ("yes", ("GET /reports/usage.csv (exportUsage)",)),
        "quantity_per_customer": ("yes", ("GET /contracts/lines: client, quantity",)),
        "create": ("yes", ("POST /contracts/lines (addLine)", "POST /clients (createClient)")),
        "remove": ("yes", ("DELETE /clients/{id} (deleteClient)",))}
    seats = {"type": "object", "properties": {"name": {"type": "string"}, "seat_count": {"type": "integer"}}}
    answers = {"200": {"content": {"application/json": {"schema": {"type": "array", "items": seats}}}}}
    plain = {"200": {"description": "what is used"}}
    counted = capabilities_from_openapi({"openapi": "3.0.0", "paths": {
        "/customers/{id}/usage": {"get": {"operationId": "usageOf", "responses": plain}},
        "/v1/tenants/{tenant}/licences": {"get": {"responses": answers}},
        "/spaces/{companyId}/storage/used": {"get": {"responses": plain}},
        **{f"/{path}": {"get": {"responses": plain}} for path in (
            "customers/{id}", "customers/{id}/tickets", "devices/{id}/usage", "usage/{id}", "customers/{id}/usage/reset")},
        "/clients/{id}/usage": {"post": {"responses": plain}},
        "/kunden/{id}/menge": {"get": {"responses": {"200": {"$ref": "#/nowhere"}}}}}})[2]
    assert counted == Proposal("quantity_per_customer", "yes", "a path gives a quantity for one customer at a time", (
        "GET /customers/{id}/usage (usageOf): {id}, usage", "GET /v1/tenants/{tenant}/licences: {tenant}, seat_count",
        "GET /spaces/{companyId}/storage/used: {companyId}, used"))
    empty = capabilities_from_openapi({"openapi": "3.0.0", "paths": {}})
    assert [each.answer for each in empty] == ["no", "unknown", "unknown", "no", "no"]


def test_a_sample_shows_what_it_can(tmp_path):
    with TableWriter(tmp_path, "usage.csv", ["Client", "SKU", "Quantity", "Used"]) as writer:
        writer.add(2, ["Bakery Noé", "S3", "19", "1.5"])
        writer.add(3, ["Bakery Noé", "S4", "", "2"])
        received = writer.finish({})
    found = capabilities_from_sample([received])
    assert found[:3] == [
        Proposal("read", "yes", "tables with rows were received", ("usage.csv: 2 rows",)),
        Proposal("export", "yes", "the sample came as a file", ("usage.csv: 2 rows",)),
        Proposal("quantity_per_customer", "yes", "a table has a customer and a whole number for each",
                 ("usage.csv: Client, Quantity (1 whole numbers)",))]
    assert [each.answer for each in capabilities_from_sample([], is_export=False)] == ["unknown"] * 5
