"""Whatever domains declare, withdraw, publish and fail in any order, cards are what a simple model says."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import NullPool, create_engine, text

from mesh_core.catalog import Card, Catalog, DomainDeclaration, DomainRecord, FailedPublication
from mesh_core.contracts.ranges import range_of

from .declarations import contract, domain, port, product
from .records import flights

DOMAINS = ("a", "b")
PORTS = ("p",)
RANGES = ("1.x", ">=1.1,<2")
ADDRESSES = tuple(f"{name}.{table}" for name in DOMAINS for table in PORTS)

MOMENTS = st.integers(1, 28)
VERSIONS = st.sampled_from(["1.0.0", "1.1.0"])


@dataclass
class Declare:
    name: str
    ports: dict[str, str]
    """Versions by the port's name."""
    reads: dict[str, str]
    """Ranges by contract."""

    def declaration(self) -> DomainDeclaration:
        addresses = {f"{self.name}.{table}": version for table, version in self.ports.items()}
        return domain(
            self.name,
            products=tuple(product(address, self.reads) for address in addresses),
            ports=tuple(
                port(address, contract=contract(version, id_=address, name=f"{address} {version}"))
                for address, version in addresses.items()
            ),
        )


@dataclass
class Withdraw:
    name: str


@dataclass
class Publish:
    address: str
    table_version: int
    version: str
    day: int
    reads: dict[str, str]


@dataclass
class Fail:
    address: str
    day: int


Step = Declare | Withdraw | Publish | Fail
READS = st.dictionaries(st.sampled_from(ADDRESSES), st.sampled_from(RANGES), max_size=2)
DECLARATIONS = st.builds(
    Declare, st.sampled_from(DOMAINS), st.dictionaries(st.sampled_from(PORTS), VERSIONS, max_size=2), READS
)
STEPS = st.one_of(
    DECLARATIONS,
    DECLARATIONS,
    st.builds(Withdraw, st.sampled_from(DOMAINS)),
    st.builds(Publish, st.sampled_from(ADDRESSES), st.integers(0, 3), VERSIONS, MOMENTS, READS),
    st.builds(Fail, st.sampled_from(ADDRESSES), MOMENTS),
)


@dataclass
class Known:
    """What the model knows of one port."""

    declared: str = ""
    """The version."""
    reads: dict[str, str] = field(default_factory=dict)
    withdrawn: bool = False
    published: dict[int, Publish] = field(default_factory=dict)
    failed: int = 0

    @property
    def newest(self) -> Publish | None:
        return self.published[max(self.published)] if self.published else None

    @property
    def version(self) -> str:
        return self.declared or (self.newest.version if self.newest else "")

    @property
    def needs(self) -> dict[str, str]:
        if self.declared:
            return {} if self.withdrawn else self.reads
        return self.newest.reads if self.newest else {}


class Model:
    """The catalog in thirty lines."""

    def __init__(self) -> None:
        self.ports = {address: Known() for address in ADDRESSES}

    def apply(self, step: Step) -> None:
        if isinstance(step, Publish):
            self.ports[step.address].published.setdefault(step.table_version, step)
        elif isinstance(step, Fail):
            self.ports[step.address].failed = max(self.ports[step.address].failed, step.day)
        else:
            own = {table: self.ports[f"{step.name}.{table}"] for table in PORTS}
            named = step.ports if isinstance(step, Declare) else {}
            for table, known in own.items():
                if table in named and isinstance(step, Declare):
                    known.declared, known.reads, known.withdrawn = named[table], step.reads, False
                elif known.declared:
                    known.withdrawn = True

    def cards(self) -> dict[str, tuple[object, ...]]:
        shown = {address: known for address, known in self.ports.items() if known.version}
        inputs = {
            address: tuple(
                sorted(
                    read
                    for read, span in known.needs.items()
                    if read in shown and range_of(span).admits(shown[read].version)
                )
            )
            for address, known in shown.items()
        }
        return {
            address: (
                known.version,
                f"{address} {known.version}",
                bool(known.declared),
                known.withdrawn,
                known.newest.table_version if known.newest else None,
                inputs[address],
                tuple(sorted(other for other, reads in inputs.items() if address in reads)),
                known.failed if known.failed > (known.newest.day if known.newest else 0) else 0,
            )
            for address, known in shown.items()
        }


def told(card: Card) -> tuple[object, ...]:
    return (
        card.version,
        card.name,
        bool(card.declared_at),
        bool(card.withdrawn_at),
        card.table_version,
        card.inputs,
        card.consumers,
        int(card.failed_at[8:10]) if card.failed_at else 0,
    )


def do(catalog: Catalog, step: Step, moment: str) -> None:
    if isinstance(step, Declare):
        catalog.declare(step.declaration(), moment)
    elif isinstance(step, Withdraw):
        catalog.withdraw(step.name, moment)
    elif isinstance(step, Publish):
        promise = contract(step.version, id_=step.address, name=f"{step.address} {step.version}")
        catalog.register(
            flights(
                step.table_version,
                address=step.address,
                domain=DomainRecord(name=step.address[0]),
                product=product(step.address, step.reads),
                contract=promise,
                published_at=f"2013-01-{step.day:02}T12:00:00+00:00",
                run_id="r",
            )
        )
    else:
        at = f"2013-01-{step.day:02}T12:00:00+00:00"
        catalog.register_failure(FailedPublication(address=step.address, run_id="r", failed_at=at, error="no"))


TABLES = (
    "changes, cards, needs, declarations, key_measurements, columns, samples, check_results, inputs, lineage_edges, "
    "publications, attempts, ports, contracts, products, domains"
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEPS, min_size=3, max_size=8))
def test_cards_are_what_the_model_says(catalog: Catalog, url: str, steps: list[Step]) -> None:
    for_each = create_engine(url, poolclass=NullPool)
    with for_each.begin() as connection:
        for table in TABLES.split(", "):
            connection.execute(text(f"DELETE FROM {table}"))
    model = Model()
    for number, step in enumerate(steps):
        before = catalog.last_change()
        do(catalog, step, f"2014-01-{number + 1:02}")
        model.apply(step)
        expected = model.cards()
        assert {card.address: told(card) for card in catalog.cards()} == expected
        for address in expected:
            assert catalog.cards([address])[0] in catalog.cards()
        assert [change.seq for change in catalog.changes()] == list(range(1, catalog.last_change() + 1))
        again = catalog.last_change()
        do(catalog, step, "2015-01-01")  # at once again, nothing changes
        assert catalog.last_change() == again
        assert before <= again
