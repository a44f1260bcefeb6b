CREATE TABLE orders (
    id text PRIMARY KEY,
    total_cents integer NOT NULL
);

CREATE TABLE outbox (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    body jsonb NOT NULL,
    written_at timestamptz NOT NULL DEFAULT now(),
    due_at timestamptz NOT NULL DEFAULT now(),
    tries integer NOT NULL DEFAULT 0
);

CREATE INDEX ON outbox (due_at);

CREATE TABLE dead_letters (
    id uuid PRIMARY KEY,
    body jsonb NOT NULL,
    written_at timestamptz NOT NULL,
    error text NOT NULL
);
