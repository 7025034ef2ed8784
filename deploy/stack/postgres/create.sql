-- Run once in single-user mode, before the cluster is put in its place. One statement per line.
-- No superuser: what the runtime may do here it may do in production. CREATEDB lets a test have a database of its own.
CREATE ROLE gofuture LOGIN REPLICATION CREATEDB;
GRANT pg_monitor, pg_signal_backend, pg_checkpoint TO gofuture;
CREATE DATABASE gofuture OWNER gofuture;
