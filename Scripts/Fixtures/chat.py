"""Writes Fixtures/Chat/pieces.json and conversations.json: small pieces of Jinja and whole chat templates, with what
jinja2 makes of them in the environment that transformers builds for chat templates.

    python Scripts/Fixtures/chat.py

Needs transformers and jinja2; their versions are recorded in the files. The templates lie in
Fixtures/Chat/templates.
"""

import json
import pathlib

import jinja2
import transformers
from transformers.utils.chat_template_utils import _compile_jinja_template

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "Fixtures" / "Chat"

VARIABLES = {
    "name": "Ada", "empty": "", "none_value": None, "yes": True, "no": False, "zero": 0, "seven": 7, "minus": -7,
    "half": 0.5, "big": 1e16, "tiny": 1.5e-7, "third": 1 / 3, "words": ["pear", "Apple", "fig", "apple"],
    "numbers": [3, 1, 2, 3, 10], "nested": [[1, 2], [3, [4]]], "text": "  The quick\tbrown\nfox  ",
    "greek": "ΟΔΥΣΣΕΥΣ", "german": "Straße", "accents": "e\u0301é", "emoji": "👩‍👩‍👧 ok", "quote": "it's \"so\"\\\n\u00a0\u200b",
    "person": {"name": "Bob", "age": 42, "items": "mine", "tags": ["x", "y"], "inner": {"a": {"b": [10, 20]}}},
    "people": [{"name": "Zoe", "age": 30, "ok": True}, {"name": "adam", "age": 25, "ok": False},
               {"name": "Bea", "age": 30}, {"name": "carl", "age": None, "ok": True}],
    "schema": {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {
        "α": {"type": "string", "enum": ["<a>", "b & c", "\u2028", "\x01\x7f"]}, "n": {"type": ["integer", "null"]}},
        "required": []}, "default": 1.0, "none": None, "flag": False, "list": [], "map": {}}},
    "lines": "one\n\ntwo\r\nthree\n", "markup": "<b>\"x\" & 'y'</b>", "crlf": "a\r\nb",
}

EXPRESSIONS = r"""
1 + 2 * 3
(1 + 2) * 3
7 // 2
-7 // 2
7 % -3
-7 % 3
7 / 2
6 / 3
2 ** 10
2 ** -1
2 ** 3 ** 2
-2 ** 2
7.5 // 2
-7.5 % 2
1e3
1_000 + 0x1f + 0b101 + 0o17
0.1 + 0.2
1e16
1e15
123456789.123456789
1.5e-7
0.0001
1e22 * 10
big
tiny
third
-0.0
1 == 1.0
1 == true
"1" == 1
1 < 2 < 3
1 < 3 < 2
3 > 2 >= 2 != 1
"a" < "b"
"a" < "B"
[1, 2] < [1, 3]
[1, 2] == [1, 2.0]
(1, 2) == [1, 2]
{"a": 1} == {"a": 1.0}
not yes
not not 5
yes and 5
no and 5
no or "x"
zero or empty or none_value or "last"
none_value is none
none is none and None is none
true and True and not false and not False
1 in numbers
5 not in numbers
"a" in name
"d" in name
"" in ""
"name" in person
"Bob" in person
not "x" in ["y"]
"x" not in ["y"]
missing
missing is defined
missing is undefined
name is defined
person.missing is defined
person.missing.more is defined
missing.more
missing + 1
missing ~ "x"
missing | length
missing | default("d")
empty | default("d")
empty | default("d", true)
empty | d("d", boolean=true)
missing == missing
missing == none
missing or "y"
"a" if missing else "b"
"a" if name
"a" if no
("a" if no) is defined
"a" if no else "b" if no else "c"
name ~ 1 ~ 2.0 ~ none ~ true ~ [1, "x"] ~ missing
"a" "b" 'c'
"a" + "b"
"ab" * 3
3 * "ab"
"ab" * -1
[1] * 3
[1, 2] + [3]
(1, 2) + (3,)
"a" + 1
1 + "a"
[1] + (2,)
name[0]
name[-1]
name[5]
name[5] is defined
name[::-1]
name[1:]
name[:-1]
"abcdefg"[1:6:2]
"abcdefg"[5:1:-2]
"abcdefg"[-100:100]
numbers[1:3]
numbers[::-1]
numbers[::0]
(1, 2, 3)[:2]
range(10)[2:8:3] | list
nested[1][1][0]
nested.1.0
person["name"]
person.name
person["items"]
person.items()
person["tags"][0]
person.inner.a.b[1]
person.keys()
person.values() | list
person.get("age")
person.get("x")
person.get("x", 3)
person.name.upper()
person["keys"]() | list
name.foo
name.foo is defined
none_value.foo is defined
{}
[]
()
(1,)
(1)
{"a": 1, "b": [1, 2.5, none, true], 'c': {"d": ()}}
{"a": 1, "a": 2}
{1: "x", 1.0: "y", true: "z"}
{none: 1, 2.5: 3}
{[1]: 2}
[1, "it's", 'say "hi"', "both ' and \"", "\n\t\\", "é\u200b\xa0\x00", "😀"]
quote
[quote]
accents | length
emoji | length
accents[0] == accents[1]
emoji[:1]
"\x41\u00e9\U0001F600\101\n|\q|\
|"
"a\tb" | tojson
text.strip()
text.lstrip()
text.rstrip()
"xxaxx".strip("x")
"abcab".lstrip("ba")
"abc".strip("")
text.split()
text.split(" ")
"a,b,,c".split(",")
"a,b,,c".split(",", 1)
"a b  c d".split(none, 2)
"a,b,,c".rsplit(",", 1)
" a b  c d ".rsplit(none, 1)
" a b  c d ".split(none, 1)
"".split()
"".split(",")
"abc".split("")
lines.splitlines()
lines.splitlines(true)
"hello".startswith("he")
"hello".startswith(("x", "he"))
"hello".startswith("l", 2)
"hello".endswith("lo")
"hello".endswith("")
"hello".startswith(1)
"aaa".replace("a", "b")
"aaa".replace("a", "b", 2)
"abc".replace("", "-")
"<think>x</think>y".split("</think>")[-1].lstrip("\n")
greek.lower()
greek.title()
german.upper()
german.capitalize()
"ǆ".title()
"they're bill's".title()
"hELLO wORLD".capitalize()
"Hello".swapcase()
"a-b (c) they're" | title
"x".join(["a", "b"])
"x".join("abc")
"x".join([1])
"hello".find("l")
"hello".rfind("l")
"hello".find("z")
"hello".index("l")
"hello".index("z")
"hello".count("l")
"12".isdigit()
"1.2".isdigit()
"ab1".isalnum()
"ab".isalpha()
" ".isspace()
"AB".isupper()
"ab".islower()
"x=1=2".partition("=")
"x=1=2".rpartition("=")
"x".partition("=")
"prefix-x".removeprefix("prefix-")
"x.txt".removesuffix(".txt")
"7".zfill(3)
"-7".zfill(4)
"ab".ljust(4, ".") ~ "|"
"ab".rjust(5) ~ "|"
"ab".center(5, ".") ~ "|"
"abc".center(6, ".")
"abc" | center(10) ~ "|"
text | trim
"xax" | trim("x")
5 | trim
name | upper | lower | title
numbers | length
person | length
5 | length
words | join(", ")
numbers | join
people | join("/", attribute="name")
[1, none, 2.5, true] | join("-")
person | join(",")
numbers | first
numbers | last
[] | first
[] | last is defined
"abc" | first
"abc" | last
person | list
"abc" | list
numbers | sum
people | map(attribute="age") | select | sum
people | sum(attribute="age")
numbers | max
words | min
[] | max is defined
numbers | sort
numbers | sort(reverse=true)
words | sort
words | sort(case_sensitive=true)
people | rejectattr("age", "none") | sort(attribute="age") | map(attribute="name") | list
people | rejectattr("age", "none") | sort(attribute="age,name") | map(attribute="name") | list
[1, "a"] | sort
[true, 2, 0.5] | sort
numbers | unique | list
words | unique | list
words | unique(case_sensitive=true) | list
numbers | reverse | list
"abc" | reverse
numbers | select("odd") | list
numbers | reject("odd") | list
numbers | select("gt", 2) | list
numbers | select(">=", 3) | list
["", "a", none, 0, 1] | select | list
people | selectattr("ok") | map(attribute="name") | list
people | selectattr("ok", "defined") | map(attribute="name") | list
people | selectattr("age", "equalto", 30) | map(attribute="name") | join(",")
people | selectattr("age", "none") | list | length
people | map(attribute="ok", default="?") | list
people | map(attribute="name") | map("upper") | list
["a", "b"] | map("replace", "a", "c") | list
words | map("length") | list
nested | map(attribute="0") | list
people | selectattr("ok") | length
(people | selectattr("ok") | list)[0].name
numbers | select("foo") | list
numbers | foo
person | items | list
missing | items | list
5 | items | list
person | dictsort
{"b": 1, "A": 3, "c": 2} | dictsort
{"b": 1, "A": 3, "c": 2} | dictsort(true)
{"b": 1, "A": 3, "c": 2} | dictsort(by="value", reverse=true)
schema | tojson
schema | tojson(indent=4)
schema | tojson(indent=0)
schema | tojson(ensure_ascii=true)
schema | tojson(sort_keys=true)
schema | tojson(separators=(",", ":"))
[1, 2.0, 1e16, 1e-7, none, true, "x"] | tojson
(1, 2) | tojson
{1: 2, none: 3, true: 4, 2.5: 5} | tojson
missing | tojson
range(3) | tojson
numbers | tojson(2)
numbers | tojson(indent="--")
3.7 | int
"3.7" | int
" 12 " | int
"x" | int
"x" | int(5)
"ff" | int(0, 16)
"0x1F" | int(0, 16)
"1_0" | int
none | int
true | int
"3.5" | float
"x" | float
"x" | float(1.5)
" -.5e1 " | float
"5." | float
"inf" | float
3 | float
2.5 | round
3.5 | round
2.675 | round(2)
1234.567 | round(-2)
42.4 | round(0, "ceil")
42.55 | round(1, "floor")
7 | round
-5 | abs
-5.5 | abs
5 | string
none | string
[1] | string ~ "x"
markup | e
markup | escape
markup | safe
markup | safe + "<"
"<" + (markup | safe)
(markup | e) ~ "<"
[markup | safe]
lines | indent
lines | indent(2, true)
lines | indent(2, blank=true)
lines | indent("> ", first=true)
"" | indent(2, true)
"a b-c d_e" | wordcount
numbers | batch(2) | list
numbers | batch(2, "x") | list
person | attr("name") is defined
(name | attr("upper"))()
1 is number
true is number
1.0 is float
1 is integer
true is integer
true is boolean
1 is boolean
"a" is string
person is mapping
numbers is mapping
numbers is sequence
person is sequence
name is sequence
5 is sequence
numbers is iterable
name is iterable
5 is iterable
missing is iterable
missing is sequence
range is callable
4 is even
4 is odd
4 is divisibleby 2
4 is divisibleby(3)
1 is eq 1
1 is equalto 2
1 is ne 2
2 is in [1, 2]
2 is not in [1, 2]
yes is true
1 is true
no is false
none is false
1 is sameas 1
"AB" is upper
"ab" is lower
"upper" is filter
"even" is test
name is not none
name is not string
not name is string
4 is foo
range(5)
range(5) | list
range(1, 10, 3) | list
range(5, 0, -2) | list
range(0)
range(3) | length
range(1, 4)[1]
range(200000)
range(1, 2, 0)
dict(a=1, b=2)
dict({"x": 1}, y=2)
dict([("a", 1), ("b", 2)])
namespace(a=1).a
namespace({"a": 2}, b=3).b
namespace(a=1)["a"]
namespace(a=1).b is defined
raise_exception("no")
numbers.append(1)
numbers.append is defined
person.update({"a": 1})
person.pop
numbers.index(2)
numbers.count(3)
name.__class__
name._x is defined
name()
5()
foo()
name | upper | length > 2
[1, 2, 3] | length == 3 and name
-numbers[0] | abs
(-3) | abs
- 3 | abs
"%s" | length
1 if yes else 2 ~ "x"
[x for x in y]
1 +
{"a" 1}
a b
(1, 2
1 ! 2
"abc
{{ 1 }}
numbers | join(d="-")
numbers | join(x="-")
name.upper(1)
"a".startswith()
[1,2,][0]
{"a": 1,}.a
dict(**person).name
"{}".strip(*["{}"])
crlf
'a' ~ 'b' * 2 + 'c'
1 ~ 2 + 3 | string
numbers[0:2] + [9]
people[0].name if people else "none"
people[-1]["name"]
(name, seven)
name, seven
9223372036854775807 - 1 > 0
loop is defined
"a" is in("abc")
"x" is defined and name is defined
["a", "b"] is sequence and ["a"] is not string
numbers | sort | reverse | first
numbers | map("string") | join(",")
{"x": missing} | length
[missing]
[missing] | first is defined
none ~ ""
true | string | lower
(1 < 2) | string
none == false
0 == false
"" == false
[] == false
[false, 0, 0.0] | unique | list
"ß".upper().lower()
"İ".lower() | length
"ﬀ" | upper
"A\u0301" | capitalize
"１２".isdigit()
"²".isdigit()
"½".isnumeric()
" \u2003x\u3000".strip()
"\x1cx\x1f".strip()
"a\x0bb\x85c\u2028d".splitlines()
"""

STATEMENTS = [
    "{% if name %}a{% endif %}", "{% if missing %}a{% elif no %}b{% elif yes %}c{% else %}d{% endif %}",
    "{% if missing %}a{% endif %}b", "{% if 1, 2 %}a{% endif %}", "{% if name == 'Ada' and seven > 6 %}x{% endif %}",
    "{% for x in numbers %}{{ x }},{% endfor %}", "{% for x in [] %}a{% else %}none{% endfor %}",
    "{% for x in missing %}a{% else %}none{% endfor %}", "{% for x in 5 %}a{% endfor %}",
    "{% for x in numbers if x > 2 %}{{ loop.index }}:{{ x }} {% else %}none{% endfor %}",
    "{% for x in numbers if x > 20 %}{{ x }}{% else %}none{% endfor %}",
    "{% for x in numbers %}{{ loop.index0 }}/{{ loop.length }}/{{ loop.revindex }}/{{ loop.revindex0 }}{{ ';' if not loop.last }}{% endfor %}",
    "{% for x in numbers %}{{ loop.previtem }}<{{ x }}>{{ loop.nextitem }} {% endfor %}",
    "{% for x in numbers %}{{ loop.previtem is defined }}{{ loop.nextitem is defined }} {% endfor %}",
    "{% for x in numbers %}{{ loop.cycle('a', 'b') }}{{ loop.first }}{% endfor %}",
    "{% for x in [1, 1, 2, 2, 1] %}{{ loop.changed(x) }} {% endfor %}",
    "{% for k, v in person.items() %}{{ k }}={{ v }};{% endfor %}", "{% for k in person %}{{ k }};{% endfor %}",
    "{% for k, v in person|items %}{{ k }};{% endfor %}", "{% for a, b in [(1, 2), (3,)] %}{{ a }}{% endfor %}",
    "{% for (a, b) in [(1, 2), (3, 4)] %}{{ a + b }}{% endfor %}", "{% for a, (b, c) in [(1, (2, 3))] %}{{ a + b + c }}{% endfor %}",
    "{% for c in 'abc' %}{{ c }}-{% endfor %}", "{% for x in numbers %}{% if x == 2 %}{% break %}{% endif %}{{ x }}{% endfor %}",
    "{% for x in numbers %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "{% break %}",
    "{% for x in [1, 2] %}{% for y in [1, 2] %}{% if y == 2 %}{% break %}{% endif %}{{ x }}{{ y }} {% endfor %}{% endfor %}",
    "{% for x in [1, 2] %}{% set outer = loop %}{% for y in 'ab' %}{{ outer.index }}{{ loop.index }} {% endfor %}{% endfor %}",
    "{% set x = 1 %}{{ x }}", "{% set x = 1 %}{% for y in [1] %}{% set x = 2 %}{{ x }}{% endfor %}{{ x }}",
    "{% set x = 1 %}{% if yes %}{% set x = 2 %}{% endif %}{{ x }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}",
    "{% set a, b = [1] %}{{ a }}", "{% set a = 1, 2 %}{{ a }}", "{% set x %}a{{ 1 }}b{% endset %}{{ x | length }}",
    "{% set x | upper | trim %} a {% endset %}[{{ x }}]", "{% set ns = namespace(n=0) %}{% for x in numbers %}{% set ns.n = ns.n + x %}{% endfor %}{{ ns.n }}",
    "{% set ns = namespace() %}{% set ns.x = 1 %}{{ ns.x }}{{ ns.y is defined }}", "{% set name.x = 1 %}", "{% set nope.x = 1 %}",
    "{% set ns = namespace(_x=1) %}", "{% set ns = namespace() %}{% set ns._x = 1 %}", "{% set ns = namespace() %}{% set ns.x %}blk{% endset %}{{ ns.x }}",
    "{% for x in [1, 2, 3] %}{% if loop.first %}{% set y = x %}{% endif %}{{ y }};{% endfor %}{{ y is defined }}",
    "{% set true = 1 %}", "{% set 1 = 1 %}", "{% set messages = [1, 2][1:] %}{{ messages }}",
    "{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(1, c=5) }} {{ m(b=1, a=0) }}",
    "{% macro m(a) %}[{{ a }}]{% endmacro %}{{ m() }}", "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}",
    "{% macro m(a) %}{{ a }}{% endmacro %}{{ m(x=2) }}", "{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, x=2) }}",
    "{% macro m(a) %}{{ a.b }}{% endmacro %}{{ m() }}", "{% macro m() %}{{ x }}{% endmacro %}{% set x = 4 %}{{ m() }}",
    "{% macro m(n) %}{{ n }}{% if n > 0 %}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(3) }}",
    "{% macro m() %}{% set x = 9 %}{% endmacro %}{{ m() }}{{ x is defined }}", "{% macro m(x) %}{{ x | upper }}{% endmacro %}{{ m('a') | length }}{{ m('b') ~ '!' }}",
    "{% macro m(a, b=1, c) %}{% endmacro %}", "{% macro m(a) -%}\n  {{ a }}\n{%- endmacro %}[{{ m('x') }}]",
    "{% macro box() %}<{{ caller() }}>{% endmacro %}{% call box() %}hi {{ name }}{% endcall %}",
    "{% macro each(l) %}{% for x in l %}{{ caller(x) }},{% endfor %}{% endmacro %}{% call(y) each(numbers) %}{{ y * 2 }}{% endcall %}",
    "{% macro a() %}x{% endmacro %}{% call a() %}y{% endcall %}", "{{ m.name }}{% macro m(q) %}{% endmacro %}{{ m.name }}{{ m.arguments }}",
    "{% generation %}a{{ name }}{% endgeneration %}b", "{%- generation -%} a {%- endgeneration -%} b",
    "{% generation %}{% set x = 1 %}{% endgeneration %}{{ x is defined }}", "{% with a = 1, b = name %}{{ a }}{{ b }}{% endwith %}{{ a is defined }}",
    "{% with %}{% set z = 1 %}{{ z }}{% endwith %}{{ z is defined }}", "{% filter upper %}a{{ name }}{% endfilter %}",
    "{% raw %}{{ a }} {% b %}{% endraw %}c", "{%- raw -%}  {{ a }}  {%- endraw -%}  c", "{% raw %}\n x\n{% endraw %}\ny", "{% raw %}a",
    "a{# comment #}b", "a {#- c -#} b", "a\n{# c #}\nb", "a\n  {# c #}\n  b", "{# a", "{#-#}x", "{# {% if %} #}y", "a {#+ c +#} \nb",
    "{{ name }}\n", "{{ name }}\n\n", "a\r\nb\rc\n", "{{ 'a\r\nb' }}", "\n{{ name }}", "{{ name }}\n{{ name }}",
    "{% if yes %}\nx\n{% endif %}\ny", "  {% if yes %}  \nx\n  {% endif %}\ny", "a {% if yes %} b {% endif %} c",
    "a\n  {%+ if yes %}b{% endif %}", "a\n  {% if yes +%}\nb{% endif %}", "a\n {%- if yes -%}\n b \n{%- endif -%}\n c", "a  {{- name -}}  b",
    "a\n\n  {{- name }}\n\nb", "{%- if yes %} x {%- endif %} y", "a\n\t {% set x = 1 %}\n\tb", "x{% set y = 1 %}\n{% set z = 2 %}\n\nq",
    "{% if yes -%}\n\n   x{% endif %}", "  {{ name }}", "  {% if yes %}a{% endif %}  \n  {% if yes %}b{% endif %}", "{{ '}}' }}{{ '%}' }}{{ {'a': {'b': 1}}['a']['b'] }}",
    "{{ {'a': {'b': 1}} }}", "{{name}}{%if yes%}x{%endif%}", "{{- name -}}", "{{-5}}{{ -5 }}{{ 1 -}} x", "{{ 5 -1 }}", "a{{ '' }}b", "{{ }}", "{% %}", "{{ name", "{% if yes %}",
    "{% if yes %}{% endfor %}", "{% endif %}", "{% foo %}", "{% else %}", "{% for x in %}{% endfor %}", "{% for x %}{% endfor %}", "{% if %}{% endif %}",
    "{% print name, 1 %}", "{% for x in numbers: %}{{ x }}{% endfor %}", "{ {x} } {x} {% if yes %}{ {% endif %}", "{% for x in numbers %}{% else %}{% endfor %}!",
    "{{ namespace(a=1).a }}{% set ns = namespace(l=[]) %}{% for x in numbers %}{% set ns.l = ns.l + [x * 2] %}{% endfor %}{{ ns.l }}",
    "{% set g = numbers | select('odd') %}{% for x in g %}{{ x }}{% endfor %}|{% for x in g %}{{ x }}{% endfor %}",
    "{% for x in numbers | reverse %}{{ x }}{{ loop.length }}{% endfor %}", "{% for m in people %}{{ m['name'] }}{% if m.ok is defined and m.ok %}+{% endif %}{% endfor %}",
    "{% set content = 'x' if name is string else 'y' %}{{ content }}", "{% for x in range(3) %}{% for y in range(x) %}{{ x }}{{ y }} {% endfor %}{% endfor %}",
    "{{ raise_exception('bad ' ~ name) }}", "{% for x in (1, 2) %}{{ x }}{% endfor %}{% for x in 1, 2 %}{{ x }}{% endfor %}", "{% set x = {} %}{{ x.a is defined }}{{ x.a }}",
    "{% set dict_ = dict(person, extra=1) %}{{ dict_ | length }}", "{% macro t(x) %}{% if x is mapping %}{{ '{' }}{% for k, v in x | dictsort %}{{ k }}: {{ t(v) }}{{ ', ' if not loop.last }}{% endfor %}{{ '}' }}{% else %}{{ x | tojson }}{% endif %}{% endmacro %}{{ t(schema) }}",
]


def outcome(template, variables):
    try:
        return {"expected": _compile_jinja_template(template).render(**variables)}
    except Exception as error:  # A template may fail in any way that Python can.
        return {"error": f"{type(error).__name__}: {error}"}


def write(path, content):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(content, file, ensure_ascii=True, indent=1)
        file.write("\n")


def pieces():
    expressions = [line for line in EXPRESSIONS.replace("\\\n", "\\\\n").split("\n") if line]
    templates = ["{{ " + line.replace("\\\\n", "\\\n") + " }}" for line in expressions] + STATEMENTS
    return [{"template": template, **outcome(template, VARIABLES)} for template in templates]


CALL = {"id": "call00001", "type": "function", "function": {"name": "get_weather", "arguments": {"city": "Köln", "days": 2}}}
TOOLS = [{"type": "function", "function": {"name": "get_weather", "description": "Weather of a city, \"now\" & later.",
          "parameters": {"type": "object", "properties": {"city": {"type": "string", "description": "The city's name"},
                         "days": {"type": "integer", "enum": [1, 2, 3]}}, "required": ["city"]}}},
         {"type": "function", "function": {"name": "add", "description": "Adds.", "parameters": {
             "type": "object", "properties": {"a": {"type": "number"}, "b": {"type": "number"}}, "required": ["a", "b"]}}}]
SYSTEM, HELLO = {"role": "system", "content": " You are terse. "}, {"role": "user", "content": "Hello\n\n  <b>Wörld</b> 👋 "}
ANSWER, NEXT = {"role": "assistant", "content": " Hi! "}, {"role": "user", "content": "And now?"}
CONVERSATIONS = {
    "user": {"messages": [HELLO]},
    "user, prompt": {"messages": [HELLO], "add_generation_prompt": True},
    "system": {"messages": [SYSTEM, HELLO], "add_generation_prompt": True},
    "turns": {"messages": [HELLO, ANSWER, NEXT], "add_generation_prompt": True},
    "system, turns": {"messages": [SYSTEM, HELLO, ANSWER, NEXT, ANSWER]},
    "no messages": {"messages": []},
    "assistant first": {"messages": [ANSWER, HELLO]},
    "two users": {"messages": [HELLO, NEXT], "add_generation_prompt": True},
    "unknown role": {"messages": [HELLO, {"role": "judge", "content": "?"}]},
    "empty content": {"messages": [{"role": "user", "content": ""}], "add_generation_prompt": True},
    "tools": {"messages": [SYSTEM, HELLO], "tools": TOOLS, "add_generation_prompt": True},
    "tools, no system": {"messages": [HELLO], "tools": TOOLS, "add_generation_prompt": True},
    "call": {"messages": [HELLO, {"role": "assistant", "content": "", "tool_calls": [CALL]},
                          {"role": "tool", "name": "get_weather", "tool_call_id": "call00001", "content": "{\"t\": 21.5}"}],
             "tools": TOOLS, "add_generation_prompt": True},
    "calls": {"messages": [HELLO, {"role": "assistant", "content": "Wait.", "tool_calls": [CALL, CALL]},
                           {"role": "tool", "content": "1"}, {"role": "tool", "content": "2"}, ANSWER, NEXT], "tools": TOOLS},
    "date": {"messages": [HELLO], "date_string": "1 Jan 2025", "tools_in_user_message": False, "tools": TOOLS},
}


def conversations():
    result = []
    for path in sorted((FOLDER / "templates").glob("*.jinja")):
        template = path.read_text(encoding="utf-8")
        for name, given in CONVERSATIONS.items():
            variables = {"tools": None, "documents": None, "add_generation_prompt": False, "bos_token": "<s>",
                         "eos_token": "</s>", **given}
            result.append({"name": f"{path.stem}: {name}", "file": path.name, "variables": variables,
                           **outcome(template, variables)})
    return result


versions = {"jinja2": jinja2.__version__, "transformers": transformers.__version__}
FOLDER.mkdir(parents=True, exist_ok=True)
write(FOLDER / "pieces.json", {"versions": versions, "variables": VARIABLES, "cases": pieces()})
write(FOLDER / "conversations.json", {"versions": versions, "cases": conversations()})
