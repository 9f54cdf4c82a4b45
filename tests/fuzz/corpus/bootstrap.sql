-- one; two
CREATE USER immuta_system PASSWORD 'Immuta1x;$$';
SET search_path TO immuta_system, public;
CREATE OR REPLACE PROCEDURE immuta_procedures.p(a VARCHAR) AS $$
BEGIN
  IF a = 'it''s; 100 %' THEN RAISE INFO '%; %%', a; END IF;
END;
$$ LANGUAGE plpgsql;
GRANT ALL ON DATABASE immuta TO immuta_system; /* end; ' */
