-- A ledger of version 7, as Belfry 0.1.0 wrote it: alerts that are sent, wait in every kind of hold, are dropped and ended.
PRAGMA application_id = 1114400377;
PRAGMA user_version = 7;
BEGIN TRANSACTION;
CREATE TABLE alerts (
  id INTEGER PRIMARY KEY,
  key TEXT NOT NULL,               -- source/id
  standing INTEGER NOT NULL,       -- 0 ended, 1 told, 2 waiting, 3 muted, 4 dropped, 5 lost
  hash INTEGER,                    -- of the content
  decided INTEGER NOT NULL,        -- how many decisions were made about it
  body TEXT                        -- NULL: only a decision or a list names it
, due INTEGER);
INSERT INTO alerts VALUES(1,'cli/etl-1',1,-3271700907937432660,2,'{"alert":{"source":"cli","id":"etl-1","severity":"warning","category":"grouped","title":"ETL is late","detail":"","first_seen_at":"2026-11-30T02:19:26.975955Z"},"fired_at":1796005166976981,"told":[["log","firing","warning","01a22a40-0d24-708a-bcbc-bc0fbaae63aa","","1796005170468642","","ebef56561e465de7"]],"timer":1796091566976981,"expires_at":1796091566976981,"expires_by_timeout":true,"groups":["ebef56561e465de7:category=grouped"]}',1796091566976981);
INSERT INTO alerts VALUES(2,'cli/disk-1',1,-8555818265843721171,3,'{"alert":{"source":"cli","id":"disk-1","severity":"warning","category":"disk","title":"Disk 1 is full","detail":"","first_seen_at":"2026-11-30T02:19:27.415482Z","labels":{"host":"a"}},"fired_at":1796005167416592,"told":[["log","firing","warning","01a22a40-0138-7085-9fc6-d669d4795aa1","","1796005167416592","","2b056f3bdc8fb144"]],"waits":["quiet:channel late"],"timer":1796091567416592,"expires_at":1796091567416592,"expires_by_timeout":true,"acknowledged":["ann","1796005175766764","on it"]}',1796091567416592);
INSERT INTO alerts VALUES(3,'cli/disk-2',2,-4419955457845959114,2,'{"alert":{"source":"cli","id":"disk-2","severity":"warning","category":"disk","title":"Disk 2 is full","detail":"Behind {disk-1}","first_seen_at":"2026-11-30T02:19:27.864021Z","labels":{"host":"b"}},"fired_at":1796005167865198,"waits":["quiet:channel late","cooldown:category=disk"],"timer":1796091567865198,"expires_at":1796091567865198,"expires_by_timeout":true,"firings":1}',1796091567865198);
INSERT INTO alerts VALUES(4,'cli/disk-3',0,-1060134212441775691,3,'{"alert":{"source":"cli","id":"disk-3","severity":"warning","category":"disk","title":"Disk 3 was full","detail":"","first_seen_at":"2026-11-30T02:19:28.326750Z"},"active":false,"fired_at":1796005168330782,"resolved_at":1796005168675840,"firings":1}',NULL);
INSERT INTO alerts VALUES(5,'cli/etl-2',2,-941379585226845417,1,'{"alert":{"source":"cli","id":"etl-2","severity":"warning","category":"grouped","title":"ETL 2 is late","detail":"","first_seen_at":"2026-11-30T02:19:31.316438Z"},"fired_at":1796005171318685,"waits":["group:ebef56561e465de7:category=grouped"],"timer":1796091571318685,"expires_at":1796091571318685,"expires_by_timeout":true,"firings":1}',1796091571318685);
INSERT INTO alerts VALUES(6,'cli/note-1',2,1400363891469455050,1,'{"alert":{"source":"cli","id":"note-1","severity":"info","category":"backup","title":"Backup done","detail":"","first_seen_at":"2026-11-30T02:19:31.831638Z"},"fired_at":1796005171832716,"waits":["digest:daily"],"timer":1796091571832716,"expires_at":1796091571832716,"expires_by_timeout":true,"firings":1}',1796091571832716);
INSERT INTO alerts VALUES(7,'cli/note-2',0,1194726613615709268,2,'{"alert":{"source":"cli","id":"note-2","severity":"info","category":"backup","title":"Backup 2 done","detail":"","first_seen_at":"2026-11-30T02:19:32.283507Z"},"active":false,"fired_at":1796005172284538,"resolved_at":1796005172780939,"waits":["digest:daily"],"firings":1}',NULL);
INSERT INTO alerts VALUES(8,'cli/api-1',1,4186486111957001726,1,'{"alert":{"source":"cli","id":"api-1","severity":"critical","category":"gone","title":"API is down","detail":"","first_seen_at":"2026-11-30T02:19:33.251563Z"},"fired_at":1796005173257822,"told":[["gone","firing","critical","01a22a40-1809-70d6-a048-30a19b843204","","1796005173257822","","ba9a8dbbab1114dd"]],"timer":1796091573257822,"expires_at":1796091573257822,"expires_by_timeout":true}',1796091573257822);
INSERT INTO alerts VALUES(9,'cli/web-1',3,-3733585307106837471,1,'{"alert":{"source":"cli","id":"web-1","severity":"warning","category":"web","title":"Web is slow","detail":"","first_seen_at":"2026-11-30T02:19:34.407612Z","labels":{"team":"web"}},"fired_at":1796005174412144,"waits":["silence:9whb"],"timer":1796091574412144,"expires_at":1796091574412144,"expires_by_timeout":true,"firings":1}',1796091574412144);
INSERT INTO alerts VALUES(10,'cli/host-1',1,-6021476001891189906,2,'{"alert":{"source":"cli","id":"host-1","severity":"critical","category":"host_down","title":"Host is down","detail":"","first_seen_at":"2026-11-30T02:19:34.769587Z","labels":{"host":"h1"}},"fired_at":1796005174771999,"told":[["log","firing","critical","01a22a40-1df3-701d-8944-f39f935352af","","1796005174771999","","2b056f3bdc8fb144"]],"waits":["quiet:channel late"],"timer":1796048374771999,"expires_at":1796091574771999,"expires_by_timeout":true,"inhibits":["5d8ac16db5480bba:host=h1"]}',1796048374771999);
INSERT INTO alerts VALUES(11,'cli/cpu-1',3,-3644964838268746921,1,'{"alert":{"source":"cli","id":"cpu-1","severity":"warning","category":"cpu","title":"CPU is busy","detail":"","first_seen_at":"2026-11-30T02:19:35.099893Z","labels":{"host":"h1"}},"fired_at":1796005175103450,"waits":["inhibition:5d8ac16db5480bba:host=h1"],"timer":1796091575103450,"expires_at":1796091575103450,"expires_by_timeout":true,"firings":1}',1796091575103450);
INSERT INTO alerts VALUES(12,'cli/nightly',4,8009823687819556941,1,'{"alert":{"source":"cli","id":"nightly","severity":"info","category":"backup","title":"The nightly backup is done","detail":"","first_seen_at":"2026-11-30T02:19:35.505841Z"},"fired_at":1796005175507021,"timer":1796091575507021,"expires_at":1796091575507021,"expires_by_timeout":true,"firings":1,"dropped":["expect[0]","18"]}',1796091575507021);
CREATE TABLE deliveries (
  id TEXT NOT NULL PRIMARY KEY,
  channel TEXT NOT NULL,
  rank INTEGER NOT NULL,           -- of the severity, 0 the worst
  status INTEGER NOT NULL,         -- 0 pending, 1 delivered, 2 dead, 3 forwarded, 4 dropped
  visible_at INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER,
  attempts INTEGER NOT NULL,
  token INTEGER NOT NULL,          -- proves a lease; grows with every lease and every settlement, odd while leased
  reason TEXT,                     -- of the last attempt that failed
  receipt TEXT
, memory TEXT, successor TEXT, revived_at INTEGER) WITHOUT ROWID;
INSERT INTO deliveries VALUES('01a22a40-0138-7085-9fc6-d669d4795aa1','log',1,1,1796005287416592,1796005167416592,1796005167471791,1,2,NULL,'{}',NULL,NULL,NULL);
INSERT INTO deliveries VALUES('01a22a40-0d24-708a-bcbc-bc0fbaae63aa','log',1,1,1796005290468642,1796005170468642,1796005170675442,1,2,NULL,'{}',NULL,NULL,NULL);
INSERT INTO deliveries VALUES('01a22a40-1809-70d6-a048-30a19b843204','gone',0,0,1796005174627608,1796005173257822,NULL,1,2,'{"code":"not_connected","text":"no connection to 127.0.0.1 port 9: Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn''t connect to server","class":"retry"}',NULL,NULL,NULL,NULL);
INSERT INTO deliveries VALUES('01a22a40-1df3-701d-8944-f39f935352af','log',0,1,1796005294771999,1796005174771999,1796005174849567,1,2,NULL,'{}',NULL,NULL,NULL);
CREATE TABLE bodies (
  delivery TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO bodies VALUES('01a22a40-0138-7085-9fc6-d669d4795aa1','{"kind":"alert","severity":"warning","reason":"first seen","route":"routes[3]","alerts":[{"source":"cli","id":"disk-1","severity":"warning","category":"disk","title":"Disk 1 is full","detail":"","first_seen_at":"2026-11-30T02:19:27.415482Z","labels":{"host":"a"}}]}');
INSERT INTO bodies VALUES('01a22a40-0d24-708a-bcbc-bc0fbaae63aa','{"kind":"group","name":"category=grouped","firing":1,"ended":0,"severity":"warning","reason":"first of its group","route":"routes[0]","alerts":[{"source":"cli","id":"etl-1","severity":"warning","category":"grouped","title":"ETL is late","detail":"","first_seen_at":"2026-11-30T02:19:26.975955Z"}]}');
INSERT INTO bodies VALUES('01a22a40-1809-70d6-a048-30a19b843204','{"kind":"alert","severity":"critical","reason":"first seen","route":"routes[2]","alerts":[{"source":"cli","id":"api-1","severity":"critical","category":"gone","title":"API is down","detail":"","first_seen_at":"2026-11-30T02:19:33.251563Z"}]}');
INSERT INTO bodies VALUES('01a22a40-1df3-701d-8944-f39f935352af','{"kind":"alert","severity":"critical","reason":"first seen","route":"routes[3]","alerts":[{"source":"cli","id":"host-1","severity":"critical","category":"host_down","title":"Host is down","detail":"","first_seen_at":"2026-11-30T02:19:34.769587Z","labels":{"host":"h1"}}]}');
CREATE TABLE decisions (
  alert INTEGER NOT NULL,
  number INTEGER NOT NULL,         -- counted from 1 for each alert
  at INTEGER NOT NULL,
  severity TEXT NOT NULL,
  outcome TEXT NOT NULL,           -- notify, hold, suppress
  channels TEXT,                   -- of notify: a JSON list: channels, '', deliveries
  until INTEGER,                   -- of hold; NULL: its end is not known
  reason TEXT NOT NULL,
  rule TEXT NOT NULL,
  line INTEGER NOT NULL,
  PRIMARY KEY (alert, number)
) WITHOUT ROWID;
INSERT INTO decisions VALUES(1,1,1796005166976981,'warning','hold',NULL,1796005167976981,'first seen; it waits for its group category=grouped','routes[0].group',10);
INSERT INTO decisions VALUES(1,2,1796005170468642,'warning','notify','["log","","01a22a40-0d24-708a-bcbc-bc0fbaae63aa"]',NULL,'told with its group','routes[0].group',10);
INSERT INTO decisions VALUES(2,1,1796005167416592,'warning','hold',NULL,1796040000000000,'first seen; quiet hours of late','channels.late.quiet',6);
INSERT INTO decisions VALUES(2,2,1796005167416592,'warning','notify','["log","","01a22a40-0138-7085-9fc6-d669d4795aa1"]',NULL,'first seen','routes[3]',13);
INSERT INTO decisions VALUES(2,3,1796005175766764,'warning','suppress',NULL,NULL,'acknowledged by ann (on it): no reminder and no escalation until it resolves','belfry ack',-1);
INSERT INTO decisions VALUES(3,1,1796005167865198,'warning','hold',NULL,1796040000000000,'first seen; quiet hours of late','channels.late.quiet',6);
INSERT INTO decisions VALUES(3,2,1796005167865198,'warning','hold',NULL,1796019567416592,'first seen; its like was told a short while ago','cooldown',15);
INSERT INTO decisions VALUES(4,1,1796005168330782,'warning','hold',NULL,1796040000000000,'first seen; quiet hours of late','channels.late.quiet',6);
INSERT INTO decisions VALUES(4,2,1796005168330782,'warning','hold',NULL,1796019567416592,'first seen; its like was told a short while ago','cooldown',15);
INSERT INTO decisions VALUES(4,3,1796005168675840,'warning','suppress',NULL,NULL,'resolved while quiet hours held it','routes[3]',13);
INSERT INTO decisions VALUES(5,1,1796005171318685,'warning','hold',NULL,1796008770468642,'first seen; it waits for its group category=grouped','routes[0].group',10);
INSERT INTO decisions VALUES(6,1,1796005171832716,'info','hold',NULL,1796091571832716,'first seen; it joins the digest daily','routes[1].digest',11);
INSERT INTO decisions VALUES(7,1,1796005172284538,'info','hold',NULL,1796091572284538,'first seen; it joins the digest daily','routes[1].digest',11);
INSERT INTO decisions VALUES(7,2,1796005172780939,'info','suppress',NULL,NULL,'resolved, and was not told yet','routes[1]',11);
INSERT INTO decisions VALUES(8,1,1796005173257822,'critical','notify','["gone","","01a22a40-1809-70d6-a048-30a19b843204"]',NULL,'first seen','routes[2]',12);
INSERT INTO decisions VALUES(9,1,1796005174412144,'warning','hold',NULL,1798597173523336,'first seen; the silence 9whb of ann (deploys)','silence 9whb',-1);
INSERT INTO decisions VALUES(10,1,1796005174771999,'critical','hold',NULL,1796040000000000,'first seen; quiet hours of late','channels.late.quiet',6);
INSERT INTO decisions VALUES(10,2,1796005174771999,'critical','notify','["log","","01a22a40-1df3-701d-8944-f39f935352af"]',NULL,'first seen','routes[3]',13);
INSERT INTO decisions VALUES(11,1,1796005175103450,'warning','hold',NULL,NULL,'first seen; an active alert that matches category host_down mutes it','inhibit[0]',17);
INSERT INTO decisions VALUES(12,1,1796005175507021,'info','suppress',NULL,NULL,'it came, as expected: only its not coming is told','expect[0]',18);
CREATE TABLE attempts (
  delivery TEXT NOT NULL,
  number INTEGER NOT NULL,         -- counted from 1 for each delivery
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  retry_at INTEGER,                -- NULL: given up
  PRIMARY KEY (delivery, number)
) WITHOUT ROWID;
INSERT INTO attempts VALUES('01a22a40-1809-70d6-a048-30a19b843204',1,1796005173296415,'{"code":"not_connected","text":"no connection to 127.0.0.1 port 9: Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn''t connect to server","class":"retry"}',1796005174627608);
CREATE TABLE entries (
  key TEXT NOT NULL PRIMARY KEY,   -- as in lists
  body TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO entries VALUES('burst:','["burst","","0","3","1796005167416592","{\"source\":\"cli\",\"id\":\"disk-1\",\"severity\":\"warning\",\"category\":\"disk\",\"title\":\"Disk 1 is full\",\"detail\":\"\",\"first_seen_at\":\"2026-11-30T02:19:27.415482Z\",\"labels\":{\"host\":\"a\"}}","1796005173257822","{\"source\":\"cli\",\"id\":\"api-1\",\"severity\":\"critical\",\"category\":\"gone\",\"title\":\"API is down\",\"detail\":\"\",\"first_seen_at\":\"2026-11-30T02:19:33.251563Z\"}","1796005174771999","{\"source\":\"cli\",\"id\":\"host-1\",\"severity\":\"critical\",\"category\":\"host_down\",\"title\":\"Host is down\",\"detail\":\"\",\"first_seen_at\":\"2026-11-30T02:19:34.769587Z\",\"labels\":{\"host\":\"h1\"}}"]');
INSERT INTO entries VALUES('cooldown:category=disk','["cooldown","1796019567416592","warning","1","2"]');
INSERT INTO entries VALUES('cooldown:category=host_down','["cooldown","1796019574771999","critical","0","0"]');
INSERT INTO entries VALUES('expect:nightly','["expectation","1796005175507021",""]');
INSERT INTO entries VALUES('group:ebef56561e465de7:category=grouped','["group","1796008770468642","1796008770468642","1","0","log","01a22a40-0d24-708a-bcbc-bc0fbaae63aa","01a22a40-0d24-708a-bcbc-bc0fbaae63aa"]');
INSERT INTO entries VALUES('inhibition:5d8ac16db5480bba:host=h1','["inhibition","1","0"]');
INSERT INTO entries VALUES('quiet:channel late','["mute","1"]');
CREATE TABLE silences (
  id TEXT NOT NULL PRIMARY KEY,
  until INTEGER NOT NULL,          -- when it is over
  body TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO silences VALUES('9whb',1798597173523336,'{"id":"9whb","match":{"labels":{"team":["web"]}},"from":1796005173523336,"until":1798597173523336,"author":"ann","comment":"deploys"}');
CREATE TABLE lists (
  joined INTEGER PRIMARY KEY,      -- the order of joining
  list TEXT NOT NULL,
  alert INTEGER NOT NULL
);
INSERT INTO lists VALUES(2,'quiet:channel late',2);
INSERT INTO lists VALUES(3,'quiet:channel late',3);
INSERT INTO lists VALUES(4,'cooldown:category=disk',3);
INSERT INTO lists VALUES(5,'group:ebef56561e465de7:category=grouped',5);
INSERT INTO lists VALUES(6,'digest:daily',6);
INSERT INTO lists VALUES(7,'digest:daily',7);
INSERT INTO lists VALUES(8,'silence:9whb',9);
INSERT INTO lists VALUES(9,'quiet:channel late',10);
INSERT INTO lists VALUES(10,'inhibition:5d8ac16db5480bba:host=h1',11);
CREATE TABLE timers (
  key TEXT NOT NULL PRIMARY KEY,
  due INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO timers VALUES('expect:nightly',1796005175507021);
INSERT INTO timers VALUES('burst:',1796005234771999);
INSERT INTO timers VALUES('group:ebef56561e465de7:category=grouped',1796008770468642);
INSERT INTO timers VALUES('cooldown:category=disk',1796019567416592);
INSERT INTO timers VALUES('cooldown:category=host_down',1796019574771999);
INSERT INTO timers VALUES('quiet:channel late',1796040000000000);
INSERT INTO timers VALUES('digest:daily',1796091570407534);
INSERT INTO timers VALUES('silence:9whb',1798597173523336);
CREATE TABLE sources (
  name TEXT NOT NULL PRIMARY KEY,
  last_read INTEGER,
  trouble TEXT,                    -- NULL: it can be read
  trouble_since INTEGER,
  active INTEGER NOT NULL,
  noted_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE circuits (
  channel TEXT NOT NULL PRIMARY KEY,
  since INTEGER NOT NULL,
  until INTEGER NOT NULL,
  rest INTEGER NOT NULL,           -- microseconds
  reason TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  count INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES('commits',39);
INSERT INTO counters VALUES('hour.01796004000.delivered',3);
INSERT INTO counters VALUES('hour.01796004000.fired',12);
CREATE TABLE configurations (
  number INTEGER PRIMARY KEY,      -- counted from 1; 0: what was refused last
  since INTEGER NOT NULL,
  cause TEXT NOT NULL,
  body TEXT NOT NULL               -- the file; where it was refused, what was found
);
INSERT INTO configurations VALUES(1,1796005170436938,'start',replace('{\n  "version": 1,\n  "state": "belfry.db",\n  "channels": {\n    "log": { "kind": "file", "path": "log.txt" },\n    "late": { "kind": "file", "path": "late.txt", "quiet": { "from": "00:00", "to": "12:00" } },\n    "gone": { "kind": "webhook", "url": "http://127.0.0.1:9/x", "allow_addresses": ["127.0.0.1"] }\n  },\n  "routes": [\n    { "match": { "category": "grouped" }, "to": "log", "group": { "by": "category", "wait": "1s", "every": "1h" } },\n    { "match": { "severity": "info" }, "digest": "daily" },\n    { "match": { "category": "gone" }, "to": "gone", "cooldown": 0 },\n    { "to": ["log", "late"], "resolved": true, "repeat": "12h" }\n  ],\n  "cooldown": "4h",\n  "burst": { "over": 9, "within": "60s" },\n  "inhibit": { "when": { "category": "host_down" }, "mute": { "severity": "warning" }, "equal": "host" },\n  "expect": { "id": "nightly", "every": "24h" },\n  "digests": { "daily": { "every": "24h", "to": "log" } },\n  "interval": "180s"\n}\n','\n',char(10)));
CREATE TABLE marks (
  name TEXT NOT NULL PRIMARY KEY,  -- such as wake.position
  text TEXT NOT NULL
) WITHOUT ROWID;
INSERT INTO marks VALUES('acknowledge.key','0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO marks VALUES('audit.end','4:c22871ebee7dfbeb20bc7b41feb544a2be2d40a3598cb545c0997a18b59f554a');
INSERT INTO marks VALUES('ledger.id','7a0b4c5faa09821a');
CREATE TABLE channels (
  channel TEXT NOT NULL PRIMARY KEY,
  delivered INTEGER NOT NULL DEFAULT 0, -- how many deliveries ended so; what is pending or dead has its index
  forwarded INTEGER NOT NULL DEFAULT 0,
  dropped INTEGER NOT NULL DEFAULT 0,
  delivered_at INTEGER,            -- when one was last delivered
  failed_at INTEGER,               -- the last attempt that failed; NULL: none did
  failed_delivery TEXT,
  failed_number INTEGER,
  failure TEXT                     -- why
) WITHOUT ROWID;
INSERT INTO channels VALUES('gone',0,0,0,NULL,1796005173296415,'01a22a40-1809-70d6-a048-30a19b843204',1,'{"code":"not_connected","text":"no connection to 127.0.0.1 port 9: Failed to connect to 127.0.0.1 port 9 after 0 ms: Couldn''t connect to server","class":"retry"}');
INSERT INTO channels VALUES('log',3,0,0,1796005174849567,NULL,NULL,NULL,NULL);
CREATE INDEX alerts_by_key ON alerts (key, standing, hash);
CREATE INDEX deliveries_pending ON deliveries (status, channel, rank, visible_at) WHERE status = 0;
CREATE INDEX deliveries_dead ON deliveries (settled_at) WHERE status = 2;
CREATE INDEX silences_by_end ON silences (until);
CREATE UNIQUE INDEX lists_by_alert ON lists (list, alert);
CREATE INDEX timers_by_due ON timers (due);
CREATE INDEX alerts_due ON alerts (due, key) WHERE due IS NOT NULL;
CREATE INDEX alerts_active ON alerts (standing) WHERE standing > 0;
COMMIT;
