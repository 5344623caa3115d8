-- file database: 200,000 inserts in transactions, indexes, joins, views, triggers, CTEs, window functions, json, fts, integrity check
.bail on
PRAGMA journal_mode = DELETE;
CREATE TABLE person(id INTEGER PRIMARY KEY, name TEXT NOT NULL, city INTEGER, score REAL);
CREATE TABLE city(id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE TABLE log(what TEXT, n INTEGER);
CREATE TRIGGER person_del AFTER DELETE ON person BEGIN INSERT INTO log VALUES('del', old.id); END;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100)
	INSERT INTO city SELECT i, printf('city %03d', i) FROM n;
COMMIT;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
	INSERT INTO person SELECT i, printf('name-%x', i * 2654435761 % 4294967296), 1 + i % 100, i * 0.25 FROM n;
COMMIT;
BEGIN;
WITH RECURSIVE n(i) AS (SELECT 100001 UNION ALL SELECT i + 1 FROM n WHERE i < 200000)
	INSERT INTO person SELECT i, printf('name-%x', i * 2654435761 % 4294967296), 1 + i % 97, i * 0.5 FROM n;
COMMIT;
CREATE INDEX person_city ON person(city, score);
CREATE INDEX person_name ON person(name);
ANALYZE;
SELECT count(*), sum(score), min(name), max(name) FROM person;
SELECT c.name, count(*), round(avg(p.score), 3) FROM person p JOIN city c ON c.id = p.city GROUP BY c.id ORDER BY 2 DESC, 1 LIMIT 5;
SELECT count(*) FROM person a JOIN person b ON b.id = a.id + 1 AND b.city = a.city + 1 WHERE a.city < 50;
EXPLAIN QUERY PLAN SELECT * FROM person WHERE city = 5 AND score > 10;
SELECT id FROM person WHERE name = 'name-' || printf('%x', 777 * 2654435761 % 4294967296);
UPDATE person SET score = score + 1 WHERE city = 10;
DELETE FROM person WHERE id % 1000 = 0;
SELECT count(*), sum(n) FROM log;
SELECT name, rank() OVER (ORDER BY n DESC, name), n FROM (SELECT c.name, count(*) n FROM person p LEFT JOIN city c ON c.id = p.city GROUP BY 1) LIMIT 3;
BEGIN; DELETE FROM person; ROLLBACK;
SAVEPOINT a; UPDATE person SET score = 0; ROLLBACK TO a; RELEASE a;
SELECT total(score) FROM person;
SELECT json_extract('{"a":[1,{"b":"x"}]}', '$.a[1].b'), json_group_array(id) FROM (SELECT id FROM person LIMIT 5);
CREATE VIRTUAL TABLE doc USING fts5(body);
INSERT INTO doc SELECT 'the ' || name || ' lives in city ' || city FROM person WHERE id <= 2000;
SELECT count(*) FROM doc WHERE doc MATCH 'lives AND city';
SELECT strftime('%Y-%m-%d', 86400 * 365, 'unixepoch'), date('2024-01-31', '+1 month'), julianday('2000-01-01');
SELECT hex(zeroblob(4)), quote(x'0102'), typeof(1.0), 7 / 2, 7 / 2.0, 'a' LIKE 'A', round(2.5), abs(-9223372036854775807), 1e308 * 10;
VACUUM;
PRAGMA integrity_check;
