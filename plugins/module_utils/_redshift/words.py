# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that a message may show even if a literal of the statement has them too: none of them is a password.

Redshift requires an upper-case letter, a lower-case letter and a digit in a password; these words have no digit.

Private to this collection: it can change at any time.
"""

from __future__ import annotations

import re

#: Commands, clauses and types of SQL: most unexpected tokens are among them, and only these are shown.
SQL_WORDS = frozenset(
    re.findall(
        r"\w+",
        """
    ABORT ACCESS ADD ALL ALTER ANALYZE AND ANY APPEND ARRAY AS ASC ASSUMEROLE ATTACH AUTHORIZATION AUTO BACKUP BEGIN
    BETWEEN BIGINT BINARY BOOL BOOLEAN BY CALL CASCADE CASE CAST CATALOG CHAR CHARACTER CHECK CLOSE CLUSTER COLLATE
    COLUMN COMMENT COMMIT CONNECTION CONSTRAINT COPY CREATE CREATEDB CREATEUSER CROSS CURRENT CURRENT_USER CURSOR DATA
    DATABASE DATASHARE DATE DEALLOCATE DECIMAL DECLARE DEFAULT DEFINER DELETE DESC DETACH DISABLE DISTINCT DISTKEY
    DISTSTYLE DO DOUBLE DROP ELSE ELSIF ENCODE END ESCAPE EXCEPT EXCEPTION EXECUTE EXISTS EXPLAIN EXTERNAL FALSE FETCH
    FLOAT FOR FORCE FOREIGN FORMAT FROM FULL FUNCTION GRANT GROUP HAVING IDENTITY IF ILIKE IMMUTABLE IN INNER INSERT
    INT INTEGER INTERLEAVED INTERSECT INTERVAL INTO INVOKER IS ISOLATION JOIN KEY LANGUAGE LEFT LEVEL LIBRARY LIKE
    LIMIT LOCATION LOCK LOOP MASKING MATERIALIZED MERGE MODEL NATURAL NOCREATEDB NOCREATEUSER NONATOMIC NOT NULL
    NUMERIC OFFSET ON ONLY OPTION OR ORDER OUT OUTER OWNER PARTITION PASSWORD PERFORM PLPGSQL PLPYTHONU POLICY
    PRECISION PREPARE PRIMARY PRIVILEGES PROCEDURE PUBLIC RAISE READ REAL REFERENCES REFRESH REINDEX RENAME REPLACE
    RESET RESTRICT RETURN RETURNS REVOKE RIGHT RLS ROLE ROLLBACK ROW SCHEMA SECURITY SELECT SERIALIZABLE SESSION SET
    SHOW SIMILAR SMALLINT SOME SORTKEY SQL STABLE START STRICT SUPER TABLE TEMP TEMPORARY TEXT THEN TIME TIMESTAMP
    TIMESTAMPTZ TO TRANSACTION TRIGGER TRUE TRUNCATE TYPE UNION UNIQUE UNLIMITED UNLOAD UNTIL UPDATE USAGE USE USER
    USING VACUUM VALID VALUES VARBYTE VARCHAR VARYING VIEW VOLATILE WHEN WHERE WHILE WITH WITHOUT WORK ZONE
    """,
    )
)

#: What the messages of PostgreSQL and Redshift are made of.
MESSAGE_WORDS = frozenset(word.lower() for word in SQL_WORDS) | frozenset(
    re.findall(
        r"\w+",
        """
    a aborted about abs access accessed account active actively after aggregate allowed already ambiguous an another
    are argument arguments at attribute authentication available back base be because been before being block body
    bound but bytes cached called can canceled canceling cannot case cast changed class client closed code columns
    command commands committed compiled complete concurrent concurrently condition configuration conflict conflicting
    connection connections constraints contain contains context conversion could create created current cycle data
    database databases datatype deadlock declared defined definition denied depend dependent depends detected did
    different digit directory disk division do does dropped due duplicate each either empty encoding ended entry error
    exceed exceeded exceeds executing exist existing exists expected expression extra failed feature field fields file
    files finished following for found from full function functions group groups has have host id identifier if ignored
    implemented in incompatible incorrect index input inside instead internal into invalid is isolation it its label
    language large left length less library limit line list literal load local lock long longer loop many match matching
    maximum memory message missing modified more most multiple must name named names near need needs nested new no node
    non none not number object objects occurred of off old on one only operation operator option options or order other
    out outside owner parameter parameters part permission permitted plan point position positive precision privilege
    privileges problem procedure process properly provided query quoted range reached read recognized record recursive
    reference referenced references refused relation relations required requires reserved resource restart result
    returned returning right role roles rolled row rows running same schema schemas sequence serializable serialize
    server session should size source space specified statement statements stored string such superuser support
    supported syntax system table tables target temporary terminated termination text than that the this time timeout
    to token too transaction transactions translate tuple type types unable unbalanced undefined unexpected
    unimplemented unique unknown unrecognized unsupported unterminated update updated usage use used user users using
    valid value values variable version view violates violation was when where which while with within without write
    written wrong you zero hexadecimal
    """,
    )
)
