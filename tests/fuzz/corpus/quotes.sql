select 'it''s;', E'a\'; b', U&'d;', B'0;', "c""d;", 'a'
'b;', 'c:\\'; select 'ключ; 🔑'