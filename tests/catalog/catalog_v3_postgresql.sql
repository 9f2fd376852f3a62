-- The tables of schema version 3, as SQLAlchemy wrote them into PostgreSQL.
CREATE TABLE attempts (
    key TEXT NOT NULL,
    address TEXT NOT NULL,
    status TEXT NOT NULL,
    at TEXT NOT NULL,
    run_id TEXT NOT NULL,
    table_version BIGINT,
    contract_version TEXT NOT NULL,
    checks_passed INTEGER NOT NULL,
    checks_failed INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (key),
    UNIQUE (address, table_version)
);
CREATE INDEX attempts_by_time ON attempts (address, at);
CREATE TABLE catalog_schema (
    version INTEGER NOT NULL,
    PRIMARY KEY (version)
);
CREATE TABLE contracts (
    id TEXT NOT NULL,
    version TEXT NOT NULL,
    digest TEXT NOT NULL,
    status TEXT NOT NULL,
    document JSON NOT NULL,
    first_published_at TEXT NOT NULL,
    PRIMARY KEY (id, version, digest)
);
CREATE TABLE decisions (
    key TEXT NOT NULL,
    at TEXT NOT NULL,
    gate TEXT NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    version TEXT NOT NULL,
    by TEXT NOT NULL,
    role TEXT NOT NULL,
    reason TEXT NOT NULL,
    run_id TEXT NOT NULL,
    PRIMARY KEY (key)
);
CREATE INDEX decisions_by_subject ON decisions (subject, at);
CREATE TABLE domains (
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    description TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (name)
);
CREATE TABLE inputs (
    source TEXT NOT NULL,
    upstream TEXT NOT NULL,
    name TEXT NOT NULL,
    downstream TEXT NOT NULL,
    table_version BIGINT,
    PRIMARY KEY (source, upstream)
);
CREATE INDEX inputs_by_upstream ON inputs (upstream);
CREATE TABLE internals (
    address TEXT NOT NULL,
    domain TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (address)
);
CREATE TABLE lineage_edges (
    source TEXT NOT NULL,
    "column" TEXT NOT NULL,
    upstream TEXT NOT NULL,
    upstream_column TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    downstream TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (source, "column", upstream, upstream_column)
);
CREATE INDEX lineage_by_upstream ON lineage_edges (upstream);
CREATE TABLE check_results (
    attempt TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    severity TEXT NOT NULL,
    "column" TEXT NOT NULL,
    dimension TEXT NOT NULL,
    success BOOLEAN NOT NULL,
    observed JSON,
    element_count BIGINT,
    unexpected_count BIGINT,
    unexpected_percent FLOAT,
    engine TEXT NOT NULL,
    sample JSON NOT NULL,
    quarantined BIGINT DEFAULT 0 NOT NULL,
    PRIMARY KEY (attempt, position),
    FOREIGN KEY(attempt) REFERENCES attempts (key)
);
CREATE TABLE products (
    id TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    document JSON NOT NULL,
    updated_at TEXT NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(domain) REFERENCES domains (name)
);
CREATE TABLE publications (
    attempt TEXT NOT NULL,
    contract TEXT NOT NULL,
    contract_digest TEXT NOT NULL,
    rows BIGINT NOT NULL,
    bytes BIGINT NOT NULL,
    code_digest TEXT NOT NULL,
    lineage_kind TEXT NOT NULL,
    PRIMARY KEY (attempt),
    FOREIGN KEY(attempt) REFERENCES attempts (key)
);
CREATE TABLE columns (
    attempt TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    logical_type TEXT NOT NULL,
    physical_type TEXT NOT NULL,
    description TEXT NOT NULL,
    classification TEXT NOT NULL,
    required BOOLEAN NOT NULL,
    nulls BIGINT,
    minimum JSON,
    maximum JSON,
    "distinct" BIGINT,
    PRIMARY KEY (attempt, position),
    FOREIGN KEY(attempt) REFERENCES publications (attempt)
);
CREATE INDEX columns_by_name ON columns (name);
CREATE TABLE ports (
    address TEXT NOT NULL,
    uri TEXT NOT NULL,
    product TEXT NOT NULL,
    contract TEXT NOT NULL,
    owner TEXT NOT NULL,
    latest TEXT NOT NULL,
    latest_version BIGINT NOT NULL,
    PRIMARY KEY (address),
    FOREIGN KEY(product) REFERENCES products (id)
);
CREATE INDEX ix_ports_product ON ports (product);
CREATE TABLE samples (
    attempt TEXT NOT NULL,
    rows JSON NOT NULL,
    PRIMARY KEY (attempt),
    FOREIGN KEY(attempt) REFERENCES publications (attempt)
);
