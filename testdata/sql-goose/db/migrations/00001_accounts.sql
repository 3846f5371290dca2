-- +goose Up
CREATE TABLE account (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email text NOT NULL,
    nickname varchar(40),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE invoice (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id bigint NOT NULL REFERENCES account (id),
    total numeric(10, 2) NOT NULL
);
CREATE INDEX invoice_account ON invoice (account_id);

-- +goose Down
DROP TABLE invoice;
DROP TABLE account;
