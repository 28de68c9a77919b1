"""A folder of another tool: its files of rules are found, with what they need, and nothing else is taken for one."""

from __future__ import annotations

import pytest

from conftest import Shell

DBT = {
    "shop/dbt_project.yml": "name: shop\nprofile: shop\nmodels: {shop: {+materialized: view}}\nvars: {least: 3}\n",
    "shop/models/marts/orders.yml": (
        "version: 2\nmodels:\n  - name: orders\n    columns:\n      - name: id\n        data_tests: [unique, not_null]\n"
        "      - name: amount\n        data_tests:\n          - above: {least: \"{{ var('least') }}\"}\n"
    ),
    "shop/models/marts/orders.sql": "select * from {{ ref('raw') }}\n",
    "shop/seeds/kinds.yml": "seeds:\n  - name: kinds\n    columns: [{name: kind, data_tests: [not_null]}]\n",
    "shop/macros/above.sql": (
        "{% test above(model, column_name, least) %}\n"
        "select * from {{ model }} where {{ column_name }} < {{ least }}\n{% endtest %}\n"
    ),
    "shop/tests/no_zero.sql": "select * from {{ ref('orders') }} where amount = 0\n",
    "shop/packages.yml": "packages: [{package: dbt-labs/dbt_utils, version: 1.0.0}]\n",
    "shop/target/manifest.json": '{"nodes": {}, "metadata": {}}',
    "shop/dbt_packages/other/models/x.yml": "models: [{name: x, columns: [{name: y, data_tests: [unique]}]}]\n",
    "shop/.git/models.yml": "models: [{name: z, columns: [{name: y, data_tests: [unique]}]}]\n",
}
OTHERS = {
    "soda": ("checks/orders.yml", "checks for orders:\n  - row_count > 0\n"),
    "gx": (
        "gx/expectations/orders.json",
        '{"expectations": [{"expectation_type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": 1}}]}',
    ),
    "pandera": ("code/schemas.py", "import pandera as pa\nOrders = pa.DataFrameSchema({'id': pa.Column(int, unique=True)})\n"),
    "frictionless": (
        "data/datapackage.json",
        '{"resources": [{"name": "orders", "path": "orders.csv", "schema": {"fields": [{"name": "id"}]}}]}',
    ),
}  # fmt: skip
STRANGERS = {"README.md": "# dbt\n", "config.yml": "a: 1\n", "main.py": "print(1)\n", "package.json": '{"name": "x"}'}


def test_a_project_of_dbt_is_read_whole(shell: Shell) -> None:
    for name, text in {**DBT, **{f"shop/{name}": text for name, text in STRANGERS.items()}}.items():
        shell.write(name, text)
    ran = shell.idqp("init", "--from", "dbt", "shop", "--output", "-")
    assert ran.code == 0, ran.err
    assert "orders:" in ran.out
    assert "kinds:" in ran.out
    assert "x:" not in ran.out
    assert "z:" not in ran.out
    assert ran.out.count("type: unique") == 1
    assert "amount" in ran.out
    whole = [
        name for name in DBT if not any(part in name for part in ("target", "packages", ".git", "marts/orders.sql"))
    ]
    assert shell.idqp("init", "--from", "dbt", *whole, "--output", "-").out.splitlines()[1:] == ran.out.splitlines()[1:]


@pytest.mark.parametrize("tool", OTHERS)
def test_so_it_is_with_other_tools(shell: Shell, tool: str) -> None:
    name, text = OTHERS[tool]
    for other, content in {name: text, **STRANGERS, **{f"dbt/{name}": text for name, text in DBT.items()}}.items():
        shell.write(other, content)
    ran = shell.idqp("init", "--from", tool, ".", "--output", "-")
    alone = shell.idqp("init", "--from", tool, name, "--output", "-")
    assert ran.code == 0, ran.err
    assert ran.out.splitlines()[1:] == alone.out.splitlines()[1:]


def test_settings_for_all_tests_of_a_project_are_not_dropped_silently(shell: Shell) -> None:
    shell.write("shop/dbt_project.yml", "name: shop\ndata_tests: {+severity: warn}\n")
    shell.write("shop/models/orders.yml", DBT["shop/seeds/kinds.yml"])
    ran = shell.idqp("init", "--from", "dbt", "shop", "--output", "-")
    assert ran.code == 1
    assert "shop/dbt_project.yml:2: data_tests: settings of all tests of a project are not applied" in ran.err


def test_what_cannot_be_read_in_a_folder_is_a_line(shell: Shell) -> None:
    shell.write("shop/models/orders.yml", DBT["shop/seeds/kinds.yml"])
    shell.write("shop/models/broken.yml", "models: [\n")
    (shell.folder / "shop" / "latin.yml").write_bytes(b"models: \xe4\n")
    ran = shell.idqp("init", "--from", "dbt", "shop", "--output", "-")
    assert ran.code == 1
    assert "kinds:" in ran.out
    assert "not converted: shop/models/broken.yml:1: the file: is not read: " in ran.err
    assert "not converted: shop/latin.yml:1: the file: is not read: " in ran.err


def test_a_folder_that_is_called_tests_above_a_project_makes_no_test_of_its_models(shell: Shell) -> None:
    for name, text in DBT.items():
        shell.write(f"tests/{name}", text)
    ran = shell.idqp("init", "--from", "dbt", "tests/shop", "--output", "-")
    assert ran.code == 0, ran.err
    assert ran.out.count("type: query") == 2


def test_a_folder_without_its_files_is_a_mistake(shell: Shell) -> None:
    shell.write("d/config.yml", "a: 1\n")
    assert "d: there is no file of soda below this folder" in shell.idqp("init", "--from", "soda", "d").err
    ran = shell.idqp("init", "--from", "soda", "gone")
    assert (ran.code, "gone: is neither a file nor a folder" in ran.err) == (2, True)
