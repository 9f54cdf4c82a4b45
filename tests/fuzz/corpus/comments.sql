select 1 /* a /* nested; */ still; ' */ + 2 -- x; '
; /*/* */*/ select - - 1;;