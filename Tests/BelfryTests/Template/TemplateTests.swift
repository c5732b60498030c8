// SPDX-License-Identifier: Apache-2.0
import Belfry
import BelfryTesting
import Testing

@Suite("A template")
struct TemplateTests {
  @Test(
    "is filled in",
    arguments: [
      ("", ""), ("plain { text } }} %}", "plain { text } }} %}"), ("{", "{"),
      ("{{ title }}", "Disk “/” full — 95 %"), ("{{title}}!", "Disk “/” full — 95 %!"),
      ("{{ count }} {{ isFiring }}", "3 true"), ("{{ since }}", "2026-11-23T09:05:07Z"), ("{{ duration }}", "3h 42m"),
      ("[{{ empty }}{{ foreign }}{{ foreign.a.b.0 }}]", "[]"),
      ("{{ labels.team }} {{ labels.none }}", "web "), (#"{{ labels["app.kubernetes.io/name"] }}"#, "x"),
      ("{{ names.0 }}{{ names.first }}{{ names.last }}{{ names.7 }}{{ names.count }}", "bbé3"),
      ("{{ nothing.first }}{{ nothing.last }}", ""),
      ("{{ alerts.first.title }}{{ alerts.1.severity }}", "Firstwarning"),
      (#"{{ "a}}\"\\\n" }}{{ 'it"s' }}{{ -12 }}{{ true }}"#, "a}}\"\\\nit\"s-12true"),
      ("a{# {{ nonsense #}b", "ab"), ("a {#- x -#} b", "ab"), ("a \n{{- count -}}\n b", "a3b"),
      ("a\n{%- if isFiring -%}\nb\n{%- endif -%}\nc", "abc"), ("{{\n  title\n}}", "Disk “/” full — 95 %"),
    ]
  )
  func values(source: String, expected: String) throws { #expect(try Template.text(source) == expected) }

  @Test(
    "includes what a condition allows",
    arguments: [
      ("isFiring", true), ("not isFiring", false), ("not not isFiring", true), ("empty", false), ("foreign", false),
      ("nothing", false), ("names", true), ("labels", true), ("0", false), ("count", true), ("duration", true),
      ("title and count", true), ("title and empty", false), ("empty or count", true), ("empty or foreign", false),
      ("not empty and count", true), ("empty and empty or count", true), ("empty and (empty or count)", false),
      ("count == 3", true), ("count != 3", false), ("count > 2", true), ("count >= 3", true), ("count < 3", false),
      ("count <= 3", true), (#"count == "3""#, true), (#"count < "10""#, true), (#"title == "x""#, false),
      (#"labels.team == "web""#, true), (#""b" < "a""#, false), (#"duration > "1h""#, true),
      (#"duration < "1h""#, false),
      (#""team" in labels"#, true), (#""nope" in labels"#, false), (#""a" in names"#, true),
      (#""full" in title"#, true),
      (#""fool" in title"#, false), ("(count)", true), (#"title|lower == "disk “/” full — 95 %""#, true),
      ("alerts|skip:1", true), ("alerts|skip:2", false), (#"not "é" in names"#, false),
      (#""e\u{301}" in names"#, false),
    ]
  )
  func conditions(condition: String, holds: Bool) throws {
    let condition = condition.replacing("\\u{301}", with: "\u{301}")
    #expect(try Template.text("{% if \(condition) %}yes{% else %}no{% endif %}") == (holds ? "yes" : "no"))
    #expect(try Template.text("{% if \(condition) %}yes{% endif %}") == (holds ? "yes" : ""))
  }

  @Test("takes the first branch that holds")
  func branches() throws {
    let source = "{% if empty %}a{% elif count == 3 %}b{% elif isFiring %}c{% else %}d{% endif %}"
    #expect(try Template.text(source) == "b")
    #expect(try Template.text("{% if empty %}a{% elif empty %}b{% else %}d{% endif %}") == "d")
  }

  @Test(
    "repeats a loop's body",
    arguments: [
      ("{% for a in alerts %}{{ a.title }};{% endfor %}", "First;Second;"),
      ("{% for l in labels %}{{ l.name }}={{ l.value }} {% endfor %}", "app.kubernetes.io/name=x host=db-1 team=web "),
      ("{% for k, v in labels|only:\"team\" %}{{ k }}={{ v }}{% endfor %}", "team=web"),
      ("{% for n in nothing %}x{% else %}none{% endfor %}", "none"),
      ("{% for n in nothing %}x{% empty %}0{% endfor %}", "0"),
      ("{% for n in nothing %}x{% endfor %}", ""), ("{% for n in foreign %}x{% endfor %}", ""),
      (
        "{% for n in names %}{{ forloop.counter }}{{ n }}{% if not forloop.last %},{% endif %}{% endfor %}", "1b,2a,3é"
      ),
      (
        "{% for n in names %}{{ forloop.first }}{{ forloop.counter0 }}{{ forloop.length }} {% endfor %}",
        "true03 false13 false23 "
      ),
      (
        "{% for a in alerts %}{% for n in a.labels %}{{ a.severity }}{{ n.value }} {% endfor %}{% endfor %}",
        "criticalFirst warningSecond "
      ),
      ("{% for title in names %}{{ title }}{% endfor %}{{ count }}", "baé3"),
    ]
  )
  func loops(source: String, expected: String) throws { #expect(try Template.text(source) == expected) }

  @Test(
    "with a mistake is a problem with its place",
    arguments: [
      ("{{ tilte }}", 1, 4, "there is no value \"tilte\".", "Did you mean \"title\"?"),
      ("a\nbä {{ title", 2, 4, "\"{{\" is not closed.", "Close it with \"}}\"."),
      ("{{ title } }", 1, 11, "expected \"}}\".", ""), ("{{ }}", 1, 4, "expected a value.", ""),
      ("{{ title.x }}", 1, 10, "a text has no \"x\".", ""),
      ("{% for a in alerts %}\n{{ a.titel }}{% endfor %}", 2, 6, "there is no \"titel\" in an object.", "\"title\"?"),
      ("{{ alerts.7x }}", 1, 11, "there is no \"7x\" in a list.", ""),
      ("{{ alerts }}", 1, 4, "this is a list, not a text.", "{% for"),
      ("{{ labels }}", 1, 4, "a list of labels", "join"),
      ("{{ alerts.first }}", 1, 4, "this is an object, not a text.", "Name one of its members"),
      ("{{ title|uper }}", 1, 10, "there is no filter \"uper\".", "Did you mean \"upper\"?"),
      ("{{ title|upper:1 }}", 1, 10, "takes no argument, not 1.", "Write it like upper."),
      ("{{ title|cut }}", 1, 10, "takes 1 argument, not 0.", "cut:80"),
      ("{{ title|cut:0 }}", 1, 10, "takes a whole number in 1…100,000.", ""),
      ("{{ title|cut:x }}", 1, 14, "expected a text in quotes.", "cut:80"),
      ("{{ title|default }}", 1, 10, "takes 1 argument, not 0.", ""),
      ("{{ title|default:titel }}", 1, 18, "there is no value \"titel\".", "\"title\"?"),
      ("{{ title|map:\"a\" }}", 1, 10, "\"a\" has no \"=\".", "map:"),
      ("{{ title|replace:\"\",\"x\" }}", 1, 10, "needs a text that is not empty.", ""),
      ("{{ since|date:\"%H:%K\" }}", 1, 10, "\"%K\" is not a part of a date.", "Known: %a"),
      ("{{ since|date:\"%H\",\"Europe/Pariss\" }}", 1, 10, "not a known time zone", "Europe/Paris"),
      ("{{ since|shift:\"soon\" }}", 1, 10, "\"soon\" is not a duration.", ""),
      ("{{ alerts|upper }}", 1, 11, "does not work on a list", ""), ("{{ title|top:2 }}", 1, 10, "works on lists", ""),
      ("{% if title %}x", 1, 1, "{% if %} has no {% endif %}.", ""),
      ("{% for a in alerts %}", 1, 1, "{% endfor %}", ""),
      ("x{% endif %}", 1, 2, "{% endif %} does not belong here.", "Remove it."),
      ("{% if title %}{% endfor %}", 1, 15, "{% endfor %} does not belong here.", "Close {% if %}"),
      ("{% for a in alerts %}{% endif %}", 1, 22, "{% endif %} does not belong here.", "Close {% for %}"),
      ("{% if a %}{% else %}{% else %}{% endif %}", 1, 7, "there is no value \"a\".", ""),
      ("{% if title %}{% else %}{% else %}{% endif %}", 1, 25, "{% else %} does not belong here.", ""),
      ("{% iff title %}", 1, 1, "there is no tag \"iff\".", "\"if\"?"), ("{% %}", 1, 1, "there is no tag \"\".", ""),
      ("{% for in alerts %}{% endfor %}", 1, 8, "\"in\" cannot be a variable.", ""),
      ("{% for a of alerts %}{% endfor %}", 1, 10, "expected \"in\".", ""),
      ("{% for a in title %}{% endfor %}", 1, 13, "this is a text, not a list.", ""),
      ("{% for a, b in alerts %}{% endfor %}", 1, 16, "only labels have a name and a value.", ""),
      ("{% for a in alerts %}{% endfor %}{{ a.title }}", 1, 37, "there is no value \"a\".", ""),
      ("{% if count == 3 == 3 %}{% endif %}", 1, 18, "a comparison has two sides.", ""),
      ("{{ \"abc }}", 1, 4, "this text is not closed.", ""), ("{{ \"\\x\" }}", 1, 5, "unknown escape.", ""),
      ("{{ 99999999999999999999 }}", 1, 4, "this number is too large.", ""),
      ("{# x", 1, 1, "comment is not closed", ""),
      ("{{ (title }}", 1, 4, "this parenthesis is not closed.", ""),
      ("{{ title. }}", 1, 10, "a name after the dot", ""),
      ("{{ labels[team] }}", 1, 11, "expected a name in quotes.", ""), ("{{ labels[\"a\" }}", 1, 10, "not closed", ""),
      ("{{ and }}", 1, 4, "expected a value, not \"and\".", ""), ("{{ title\"x\" }}", 1, 9, "expected \"}}\".", ""),
      ("{{", 1, 3, "expected a value.", ""), ("{%", 1, 1, "there is no tag", ""),
    ]
  )
  func problems(source: String, line: Int, column: Int, text: String, remedy: String) {
    let problem = #expect(throws: TemplateProblem.self) { try Template(source, for: TemplateSample.shape) }
    #expect(problem?.line == line && problem?.column == column, "\(problem?.description ?? "")")
    #expect(problem?.text.contains(text) == true, "\(problem?.text ?? "")")
    #expect(problem?.remedy.contains(remedy) == true, "\(problem?.remedy ?? "")")
  }
}

@Suite("The limits of a template")
struct TemplateLimitTests {
  @Test("are its length, how deep it is nested, and nothing that its author can exceed by accident")
  func source() throws {
    let filler = String(repeating: "x", count: TemplateLimits.sourceBytes)
    #expect(try Template.text(filler) == filler)
    #expect(throws: TemplateProblem.self) { try Template.text(filler + "x") }
    func nested(_ depth: Int) -> String {
      String(repeating: "{% if count %}", count: depth) + "x" + String(repeating: "{% endif %}", count: depth)
    }
    #expect(try Template.text(nested(16)) == "x")
    #expect(throws: TemplateProblem.self) { try Template.text(nested(17)) }
    func parenthesized(_ depth: Int) -> String {
      "{{ " + String(repeating: "(", count: depth) + "1" + String(repeating: ")", count: depth) + " }}"
    }
    #expect(try Template.text(parenthesized(16)) == "1")
    #expect(throws: TemplateProblem.self) { try Template.text(parenthesized(17)) }
    let chain = "{% if " + Array(repeating: "not empty", count: 1_000).joined(separator: " and ") + " %}x{% endif %}"
    #expect(try Template.text(chain) == "x")
  }

  @Test(
    "stop a text that grows too long",
    arguments: [
      "{% for a in many %}\(String(repeating: "x", count: 100)){% endfor %}",
      "{% for a in many %}{{ long }}{% endfor %}",
      "{{ long|replace:\"a\",\"\(String(repeating: "a", count: 1_000))\"|replace:\"ä\",\"\(String(repeating: "ä", count: 2_000))\" }}",
      "{{ long|json }}{{ long|json }}", "{{ many|join:\"\(String(repeating: "-", count: 100))\" }}",
      "{{ since|date:\"\(String(repeating: "%F", count: 7_000))\" }}",
    ]
  )
  func output(source: String) {
    #expect(throws: TemplateFault.tooLong(limit: 65_536)) { try Template.text(source) }
  }

  @Test(
    "stop loops in loops",
    arguments: [
      "{% for a in many %}{% for b in many %}{% endfor %}{% endfor %}",
      "{% for a in many %}{% if empty or empty or empty or empty or empty or empty or empty or empty or empty or empty %}{% endif %}{% endfor %}",
      "{% for a in many %}{% if \"x\" in long %}{% endif %}{% endfor %}",
      "{% for a in many %}{% if long|upper|lower|upper == \"x\" %}{% endif %}{% endfor %}",
    ]
  )
  func steps(source: String) {
    #expect(throws: TemplateFault.tooManySteps(limit: 10_000)) { try Template.text(source) }
  }

  @Test("allow a line for each of a thousand alerts")
  func manyAlerts() throws {
    let text = try Template.text(
      "{% for n in many %}{{ forloop.counter }}. {{ n|default:\"-\" }} is wrong\n{% endfor %}"
    )
    #expect(text.split(separator: "\n").count == 1_000)
  }
}
