-- +goose Up
-- +goose StatementBegin
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.created_at := now(); -- DROP TABLE account; is no statement here
    RETURN NEW;
END
$$;
-- +goose StatementEnd
ALTER TABLE account DROP COLUMN nickname; -- migration-lint: ignore[drop-column] no release has read it since spring

-- +goose Down
ALTER TABLE account ADD COLUMN nickname varchar(40);
DROP FUNCTION touch();
