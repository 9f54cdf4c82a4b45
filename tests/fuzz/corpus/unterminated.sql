select 1;
select 'never closed;
-- not a comment