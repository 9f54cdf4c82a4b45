select 1;
\connect db