"""mesh quarantine"""

from __future__ import annotations

import contextlib

import pytest
from cli.calling import Answer, Mesh
from orchestration.workbench import CONTRACT, Workbench

from mesh_core.cli import main
from mesh_core.publishing.audit import AuditFailedError
from mesh_core.publishing.outcomes import quarantine_in
from mesh_core.storage.places import remove

from .conftest import properties

GOOD = "4,cleo@example.com,7.00,2026-01-03"
NEGATIVE = "5,dan@example.com,-1.00,2026-01-03"
NAMELESS = "6,,3.00,2026-01-03"
BOTH = "7,,-3.00,2026-01-03"
AGAIN = "1,eve@example.com,5.00,2026-01-04"


@pytest.fixture
def mesh(bench: Workbench, capfd: pytest.CaptureFixture[str]) -> Mesh:
    """The verb's entry point in this process, on the bench's mesh."""

    def call(*words: object) -> Answer:
        capfd.readouterr()
        code = main(["quarantine", *map(str, words), "--root", str(bench.tiny.root)])
        told = capfd.readouterr()
        return Answer(code, told.out, told.err)

    return call


def deliver(bench: Workbench, *rows: str, run_id: str = "run-1") -> None:
    bench.tiny.deliver("2026-01-03", rows)
    with contextlib.suppress(AuditFailedError):
        bench.run(run_id=run_id)


def lines(answer: Answer) -> list[str]:
    return [line.rstrip() for line in answer.out.splitlines()]


def test_nothing_to_tell(bench: Workbench, mesh: Mesh) -> None:
    answer = mesh()
    assert (answer.code, answer.out) == (0, "")
    assert answer.err == "no port has rows in quarantine, and no publication was refused lately\n"


def test_every_port_at_a_glance(bench: Workbench, mesh: Mesh) -> None:
    deliver(bench, GOOD, NEGATIVE, BOTH)
    deliver(bench, GOOD, AGAIN, run_id="run-2")
    answer = mesh()
    assert (answer.code, lines(answer)) == (
        0,
        [
            "port         table  rows  in quarantine  refused  last refused  rules",
            "shop.orders     v0     4              2        1  just now      customer_required 1, amount_range 2",
            "",
            "0 other ports without; mesh quarantine ADDRESS shows rows",
        ],
    )
    [port] = mesh("--json").json["ports"]
    assert (port["address"], port["quarantined"], port["rules"]) == (
        "shop.orders",
        2,
        {"customer_required": 1, "amount_range": 2},
    )
    assert [attempt["run_id"] for attempt in port["refused"]] == ["run-2"]


def test_the_rows_with_their_rules_and_without_secrets(bench: Workbench, mesh: Mesh) -> None:
    deliver(bench, GOOD, NEGATIVE, NAMELESS, BOTH)
    answer = mesh("shop.orders")
    assert lines(answer) == [
        "shop.orders v0: 3 rows put aside just now: customer_required 2, amount_range 2",
        "",
        "broke                            order_id  customer  amount  ordered_on",
        "amount_range                            5  •••         -1.0  2026-01-03",
        "customer_required                       6  null         3.0  2026-01-03",
        "customer_required, amount_range         7  null        -3.0  2026-01-03",
        "3 rows",
    ]
    assert "dan@example.com" not in answer.out + answer.err


def test_a_column_that_became_public_since_stays_hidden(bench: Workbench, mesh: Mesh) -> None:
    """Who published a row as sensitive is not overruled by an edit of the file."""
    deliver(bench, GOOD, NEGATIVE)
    bench.tiny.edit(
        CONTRACT,
        "classification: restricted\n        customProperties: [{property: protection, value: mask}]",
        "classification: public",
    )
    assert "dan@example.com" not in mesh("shop.orders").out
    assert mesh("shop.orders", "--json").json["rows"][0]["customer"] == "•••"


def test_a_column_that_is_gone_is_hidden(bench: Workbench, mesh: Mesh) -> None:
    deliver(bench, GOOD, NEGATIVE)
    bench.tiny.edit(CONTRACT, "name: ordered_on", "name: day")
    assert mesh("shop.orders", "--json").json["rows"][0]["ordered_on"] == "•••"


def test_a_limit(bench: Workbench, mesh: Mesh) -> None:
    deliver(bench, GOOD, NEGATIVE, BOTH)
    assert lines(mesh("shop.orders", "--limit", 1))[-1] == "1 row; there are more (--limit N shows them)"
    assert mesh("shop.orders", "--limit", 1, "--json").json["truncated"] is True


def test_csv(bench: Workbench, mesh: Mesh) -> None:
    deliver(bench, GOOD, NEGATIVE, BOTH)
    head, first, second = lines(mesh("shop.orders", "--format", "csv"))
    assert head == "_rules,_quarantined_at,order_id,customer,amount,ordered_on"
    assert first.startswith('"[""amount_range""]",20')
    assert first.endswith(",5,•••,-1.0,2026-01-03")
    assert second.startswith('"[""customer_required"", ""amount_range""]",20')


def test_older_versions(bench: Workbench, mesh: Mesh) -> None:
    deliver(bench, GOOD, NEGATIVE)
    deliver(bench, GOOD, run_id="run-2")
    newest = mesh("shop.orders")
    assert (newest.code, newest.out) == (0, "")
    assert newest.err.splitlines() == [
        "shop.orders v1 put no row aside",
        "v0 put 1 row aside: mesh quarantine shop.orders --version 0",
    ]
    assert lines(mesh("shop.orders", "--version", 0))[-2:] == [
        "amount_range         5  •••         -1.0  2026-01-03",
        "1 row",
    ]
    told = mesh("shop.orders", "--json").json
    assert (told["version"], told["rows"]) == (None, [])
    assert [(each["table_version"], each["quarantined"]) for each in told["versions"]] == [(0, 1)]


class TestRefused:
    def test_what_failed_and_the_rows(self, bench: Workbench, mesh: Mesh) -> None:
        deliver(bench, GOOD, run_id="good")
        deliver(bench, GOOD, AGAIN, run_id="doubled")
        answer = mesh("shop.orders", "--refused")
        assert lines(answer) == [
            "refused   run      contract  rows made  kept  rules",
            "just now  doubled  1.0.0             5     2  primary_key_unique 2",
            "",
            "run doubled",
            "  ✗ primary_key_unique  2 rows  No two rows have the same order_id.",
            "",
            "broke               order_id  customer  amount  ordered_on",
            "primary_key_unique         1  •••         10.5  2026-01-01",
            "primary_key_unique         1  •••          5.0  2026-01-04",
            "2 rows",
        ]

    def test_one_of_several(self, bench: Workbench, mesh: Mesh) -> None:
        deliver(bench, GOOD, AGAIN, run_id="first")
        properties(bench, badRows="quarantine", quarantineLimit=10)
        deliver(bench, NEGATIVE, run_id="second")
        assert "run second: 1 of 4 rows are bad (25.0%), more than the quarantineLimit of 10 %" in lines(
            mesh("shop.orders", "--refused")
        )
        assert "run first" in lines(mesh("shop.orders", "--refused", "--run", "fi"))
        told = mesh("shop.orders", "--refused", "--json").json
        assert ([each["run_id"] for each in told["attempts"]], told["shown"]["run_id"]) == (
            ["second", "first"],
            "second",
        )
        assert [row["_rules"] for row in told["rows"]] == [["amount_range"]]

    def test_of_another_run(self, bench: Workbench, mesh: Mesh) -> None:
        deliver(bench, GOOD, AGAIN, run_id="first")
        answer = mesh("shop.orders", "--refused", "--run", "x")
        assert answer.code == 2
        assert "no refused attempt of shop.orders that is kept belongs to a run 'x'" in answer.err
        assert "Kept are the newest three, of the runs: first." in answer.err

    def test_a_rule_that_names_no_rows(self, bench: Workbench, mesh: Mesh) -> None:
        bench.tiny.edit(CONTRACT, "mustBeGreaterThan: 0", "mustBeGreaterThan: 100")
        deliver(bench, GOOD)
        answer = mesh("shop.orders", "--refused")
        assert "  ✗ some_orders  found 4  A shop without orders is closed." in lines(answer)
        assert answer.err == "the rules that failed name no rows: they are about the table as a whole\n"

    def test_none(self, bench: Workbench, mesh: Mesh) -> None:
        answer = mesh("shop.orders", "--refused")
        assert (answer.code, answer.err) == (0, "no refused attempt of shop.orders is kept\n")


class TestWrongUse:
    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["--refused"], "say whose rows"),
            (["--version", "3"], "say whose rows"),
            (["--format", "csv"], "say whose rows"),
            (["shop.orders", "--refused", "--version", "3"], "a refused attempt made no version"),
            (["shop.orders", "--run", "x"], "--run chooses among refused attempts"),
        ],
    )
    def test_options_that_contradict(self, mesh: Mesh, words: list[str], told: str) -> None:
        answer = mesh(*words)
        assert answer.code == 2
        assert told in answer.err

    def test_an_unknown_port(self, mesh: Mesh) -> None:
        answer = mesh("shop.order")
        assert answer.code == 2
        assert "shop.order" in answer.err

    def test_an_unknown_version(self, bench: Workbench, mesh: Mesh) -> None:
        deliver(bench, GOOD)
        answer = mesh("shop.orders", "--version", 7)
        assert answer.code == 2
        assert "shop.orders has no publication with table version 7 in its log" in answer.err
        assert "`mesh history shop.orders` lists its versions." in answer.err

    def test_never_published(self, mesh: Mesh) -> None:
        answer = mesh("shop.orders")
        assert (answer.code, answer.err) == (0, "shop.orders has never been published\n")

    def test_a_contract_that_refuses(self, strict: Workbench, mesh: Mesh) -> None:
        file = strict.tiny.file(CONTRACT)
        file.write_text(file.read_text().partition("\ncustomProperties:\n  - {property: ")[0] + "\n")
        strict.run()
        assert mesh("shop.orders").err.splitlines() == [
            "shop.orders v0 put no row aside",
            "its contract refuses bad rows; badRows: quarantine would put them aside",
        ]

    def test_rows_that_maintenance_has_removed(self, bench: Workbench, mesh: Mesh) -> None:
        deliver(bench, GOOD, NEGATIVE)
        found = quarantine_in(bench.commit("shop.orders"))
        assert found is not None
        remove(bench.lake.table("shop/orders") / found.file)
        answer = mesh("shop.orders", "--json")
        assert answer.code == 2
        assert answer.json["errors"][0]["code"] == "version-gone"
        assert "the rows that version 0 of shop.orders put aside are gone" in answer.err

    def test_a_domain_that_does_not_load(self, bench: Workbench, mesh: Mesh) -> None:
        bench.tiny.file("domains/shop/domain.yaml").write_text("name: [")
        answer = mesh()
        assert answer.code == 2
        assert "domain shop does not load" in answer.err
