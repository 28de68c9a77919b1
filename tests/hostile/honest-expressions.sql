amount >= 0
amount > 0
amount >= 0 AND amount <= 100
total = qty * price
total = round(qty * price, 2)
abs(total - qty * price) < 0.01
total - discount >= 0
discount <= total
discount between 0 and total
coalesce(discount, 0) <= coalesce(total, 0)
qty > 0 OR status = 'cancelled'
not (status = 'cancelled' and qty > 0)
NOT (age < 18 AND age >= 50)
age >= 0 and age < 120
age < 150
age BETWEEN 0 AND 120
rating IN (1, 2, 3, 4, 5)
rating not in (0, 6)
status in ('pending', 'processing', 'shipped', 'delivered', 'cancelled')
status <> 'deleted'
status != 'unknown'
lower(status) = status
upper(country) = country
trim(name) = name
name = trim(both ' ' from name)
name is not null
name <> ''
length(name) > 0
length(code) = 14
char_length(code) <= 20
len(code) = 5 OR code IS NULL
length(trim(name)) > 0
email LIKE '%@%'
email like '%_@__%.__%'
email NOT LIKE '% %'
email ILIKE '%@example.com'
email ~ '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'
regexp_matches(email, '^[^@\s]+@[^@\s]+\.[^@\s]+$')
regexp_full_match(code, '[A-Z]{2}[0-9]{3,}')
regexp_matches(code, '^[0-9A-Z]+$')
code SIMILAR TO '[A-Z0-9]+'
position('@' in email) > 1
strpos(email, '@') > 1
instr(email, '@') > 0
contains(email, '@')
starts_with(url, 'https://')
url like 'http%'
prefix(url, 'http')
suffix(email, '.com') or suffix(email, '.org')
left(code, 2) = country
right(code, 3) <> '000'
substr(code, 1, 2) = country
substring(code from 1 for 2) = country
split_part(email, '@', 2) <> ''
split_part(name, ' ', 1) != ''
replace(phone, '-', '') = phone
regexp_replace(phone, '[^0-9]', '', 'g') <> ''
length(regexp_replace(phone, '[^0-9]', '', 'g')) >= 7
translate(code, '0123456789', '') <> code
concat(first_name, ' ', last_name) = name
first_name || ' ' || last_name = name
name = concat_ws(' ', first_name, last_name)
name != concat(replace(last_name, ',', ' '), ' ', replace(first_name, ',', ' '))
lpad(code, 10, '0') >= '0000000000'
reverse(reverse(code)) = code
ascii(left(code, 1)) between 48 and 90
try_cast(code as integer) is null
TRY_CAST(code AS DATE) IS NULL
cast(amount as double) >= 0
amount::DECIMAL(18, 2) = amount
CAST(amount AS DECIMAL(18,2)) = amount
amount::numeric >= 0
qty::int = qty
qty % 2 = 0 OR qty % 2 = 1
mod(qty, 1) = 0
floor(price) <= price
ceil(price) >= price
round(price, 2) = price
trunc(price) <= price
abs(price) = price
sign(amount) >= 0
sqrt(price) >= 0
power(price, 2) >= 0
ln(price + 1) >= 0
greatest(amount, 0) = amount
least(discount, total) = discount
isfinite(price)
NOT isnan(price)
nullif(qty, 0) is not null
price / nullif(qty, 0) < 1000
total / NULLIF(qty, 0) = price
case when status = 'paid' then total > 0 else true end
CASE status WHEN 'paid' THEN total > 0 WHEN 'free' THEN total = 0 ELSE true END
case when qty = 0 then 0 else total / qty end >= 0
if(status = 'paid', total > 0, true)
total IS NULL OR total >= 0
coalesce(status, 'none') <> 'none'
ifnull(discount, 0) >= 0
status is distinct from 'deleted'
parent_id is not distinct from parent_id
is_active
is_active = true
is_active is true
not is_deleted
is_deleted is not true
is_active <> is_deleted
(is_active and not is_deleted) or (is_deleted and not is_active)
is_active or deleted_at is not null
deleted_at is null or deleted_at >= created_at
created_at <= updated_at
created_at <= current_timestamp
created_at <= now()
order_date <= CURRENT_TIMESTAMP
order_date <= current_date
order_date >= '2020-01-01'
order_date >= date '2020-01-01'
order_date >= DATE '2000-01-01' AND order_date <= current_date
order_date >= cast('2020-01-01' as date)
order_date >= '2020-01-01'::date
order_date > to_timestamp(0)::date
order_date <= today()
order_date between date '2020-01-01' and date '2030-12-31'
shipped_date >= order_date
shipped_date >= order_date or shipped_date is null
delivered_date IS NULL OR delivered_date >= shipped_date
(shipped_date is null) = (status <> 'shipped')
end_date > start_date
end_date is null or end_date >= start_date
coalesce(end_date, date '9999-12-31') >= start_date
start_date < coalesce(end_date, current_date + 1)
date_diff('day', start_date, end_date) >= 0
datediff('day', start_date, end_date) <= 365
date_diff('month', start_date, end_date) < 120
end_date - start_date <= 366
start_date + interval '1 day' <= end_date + interval 1 day
start_date + INTERVAL 30 DAY > start_date
end_date >= start_date + interval (qty) day - interval '10 years'
date_trunc('month', order_date) <= order_date
date_trunc('day', created_at) <= created_at
date_add(start_date, interval 1 month) > start_date
last_day(order_date) >= order_date
extract(year from order_date) >= 2000
extract(hour from created_at) between 0 and 23
date_part('year', order_date) = year(order_date)
year(order_date) between 2000 and 2100
month(order_date) in (1,2,3,4,5,6,7,8,9,10,11,12)
day(order_date) <= 31
dayofweek(order_date) not in (8, 9)
isodow(order_date) between 1 and 7
weekofyear(order_date) <= 53
quarter(order_date) between 1 and 4
strftime(order_date, '%Y-%m-%d') = order_date::varchar
strftime(created_at, '%Y') >= '2000'
strptime('2024-01-01', '%Y-%m-%d') > timestamp '2000-01-01'
try_strptime(code, '%Y%m%d') is null
age(created_at, timestamp '2000-01-01') > interval '0 days'
epoch(created_at) > 0
created_at::date <= updated_at::date
cast(created_at as date) <= current_date
created_at at time zone 'UTC' is not null
timezone('UTC', created_at) is not null
make_date(2024, 1, 1) > date '2000-01-01'
current_date - order_date < 36500
now() - created_at < interval '100 years'
lat between -90 and 90
lon between -180 and 180
lat BETWEEN -90 AND 90 AND lon BETWEEN -180 AND 180
(lat is null) = (lon is null)
abs(lat) <= 90
not (lat = 0 and lon = 0)
lat is not null and lon is not null or country is null
sqrt(power(lat, 2) + power(lon, 2)) < 202
country in ('DE', 'FR', 'NL', 'GB')
length(country) = 2
country ~ '^[A-Z]{2}$'
country = upper(country) and length(country) = 2
currency in ('EUR', 'USD', 'GBP')
currency <> 'EUR' or country in ('DE', 'FR', 'NL')
(currency = 'EUR') = (country IN ('DE', 'FR', 'NL'))
json_valid(payload)
json_extract_string(payload, '$.type') is not null
payload ->> '$.type' = 'x' or payload is not null
json_extract(payload, '$.id') is not null
json_array_length(payload) = 0
json_type(payload) = 'OBJECT'
len(string_split(tags, ',')) >= 1
list_contains(string_split(tags, ','), 'a') or tags is not null
array_length(string_split(tags, ',')) < 10
len(list_distinct(string_split(tags, ','))) = len(string_split(tags, ','))
string_split(tags, ',')[1] <> ''
len([x for x in string_split(tags, ',') if x = '']) = 0
list_filter(string_split(tags, ','), lambda x: x = '') = []
list_aggregate(string_split(tags, ','), 'count') > 0
md5(email) <> ''
sha256(email) <> email
hash(id) is not null
id is not null and parent_id is null or id <> parent_id
id <> parent_id
id > 0 AND id < 2147483647
id = id::bigint
(id is null and parent_id is null) or (id is not null)
opening + inflow - outflow = closing
abs((opening + inflow - outflow) - closing) <= 0.005
opening + inflow - outflow - closing between -0.01 and 0.01
inflow >= 0 and outflow >= 0
(inflow > 0)::int + (outflow > 0)::int >= 0
late_count <= total_count
late_count * 100.0 / nullif(total_count, 0) <= 10
round(late_count * 100.0 / nullif(total_count, 0), 1) <= 100
total_count >= late_count + 0
views >= likes
likes <= views and likes >= 0
likes::double / nullif(views, 0) <= 1
1.0 * likes / nullif(views, 0) between 0 and 1
score >= 0.0 and score <= 1.0
score::float between 0 and 1
score <= 1e0
score > -1e-9
"order_id" is not null
"order_id" > 0
"Unit Price" > 0
"Unit Price" * qty >= 0
order_id = id OR 1 = 1
(order_id = id) is not null
((amount > 0)) and ((((qty > 0))))
amount > 0 -- positive
amount /* in euros */ > 0
bit_count(qty) >= 0
qty & 1 in (0, 1)
xor(qty, qty) = 0
levenshtein(first_name, last_name) > 0
jaccard(first_name, last_name) < 1
code is null or length(code) >= 0
strip_accents(name) is not null
name collate nocase = lower(name)
nfc_normalize(name) = name
unicode(name) > 31
hex(id) <> ''
to_base64(encode(name)) <> ''
format('{}-{}', country, id) <> ''
printf('%05d', id) <> '00000'
row(id, order_id) = row(id, order_id)
(id, order_id) = (id, order_id)
struct_pack(a := id).a = id
{'a': id}.a = id
id in (order_id, id)
