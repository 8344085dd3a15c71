-- Makes clients.sqlite: sqlite3 clients.sqlite < clients.sql
CREATE TABLE clients (client_id INTEGER PRIMARY KEY, name TEXT NOT NULL, city TEXT, is_active BOOLEAN, changed_at TEXT);
INSERT INTO clients VALUES
    (1, 'Bakery Noé', 'Brugge', 1, '2026-01-05T08:00:00+00:00'),
    (2, 'Café de la Gare', NULL, 1, '2026-01-31T17:30:00+00:00'),
    (3, 'Garage Peeters', 'Gent', 0, '2026-02-01T09:15:00+00:00');
CREATE TABLE lines (client_id INTEGER, code TEXT, quantity INTEGER, unit_price DECIMAL(12, 2), PRIMARY KEY (client_id, code));
INSERT INTO lines VALUES (1, 'P1', 10, '30.00'), (1, 'S3', 7, '4.00'), (2, 'P1', 1, '30.00');
