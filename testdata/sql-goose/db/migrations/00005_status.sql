-- +goose Up
ALTER TABLE invoice
    ADD COLUMN status text NOT NULL DEFAULT 'open',
    ADD CONSTRAINT invoice_status CHECK (status IN ('open', 'paid'));
CREATE INDEX CONCURRENTLY invoice_status ON invoice (status);
