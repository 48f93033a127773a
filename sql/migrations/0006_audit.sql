-- The audit trail is read in the order in which it was written.
CREATE INDEX command_log_time_idx ON command_log (created_at, user_id, request_id);
