-- +goose Up
CREATE UNIQUE INDEX account_email ON account (email);

-- +goose Down
DROP INDEX account_email;
