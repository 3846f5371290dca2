-- +goose NO TRANSACTION
-- +goose Up
CREATE INDEX CONCURRENTLY invoice_total ON invoice (total);

-- +goose Down
DROP INDEX CONCURRENTLY invoice_total;
