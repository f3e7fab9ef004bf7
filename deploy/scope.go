package deploy

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/env"
	"cel.dev/cel-go/common/types"
)

// Bounds of an expression. A blueprint is data from anywhere: none of its
// expressions may keep a worker busy or fill its memory. They are counted, not
// timed, so that an expression ends the same way on every replay.
const (
	maxExpression = 4096    // characters
	maxDepth      = 64      // nesting of the syntax
	maxNodes      = 5000    // elements of the syntax, macros expanded
	maxCost       = 2 << 20 // CEL's units: about one an operation; of all that is evaluated at once
	maxSize       = 1 << 20 // elements of a value, ten characters of text being one
	maxRegexp     = 1000    // instructions of a compiled regular expression
)

// form is where an expression stands, which says what it may refer to.
type form int

const (
	formPlan   form = iota // params: groups, which have to be known before there are nodes
	formOutput             // and the nodes: outputs
	formStep               // and node: the configuration of a step
)

// scope compiles the expressions of one blueprint.
type scope struct {
	env    *cel.Env
	form   form
	known  []string // names that an expression may begin with
	fields map[string][]string
}

// newScope makes a scope of parameters (by name, their types) and groups.
func newScope(form form, parameters map[string]ParameterType, groups []string) (*scope, error) {
	s := &scope{form: form, known: []string{"params"}, fields: map[string][]string{
		parametersType: sortedKeys(parameters), diskType: {"device", "size_gb"},
	}}
	registry, err := types.NewRegistry()
	if err != nil {
		return nil, err
	}
	provider := &typeProvider{Registry: registry, parameters: parameters}
	options := []cel.EnvOption{
		cel.StdLib(cel.StdLibSubset(subset())),
		cel.CustomTypeProvider(provider),
		cel.CustomTypeAdapter(adapter{}),
		cel.ParserExpressionSizeLimit(maxExpression), cel.ParserRecursionLimit(maxDepth),
		cel.ExpressionNodeLimit(maxNodes), cel.RegexProgramSizeLimit(maxRegexp),
		cel.ASTValidators(cel.ValidateRegexLiterals()),
		cel.EnableHiddenAccumulatorName(true),
		cel.Variable("params", cel.ObjectType(parametersType)),
		joinFunction(),
	}
	node := cel.ObjectType(nodeType)
	if form >= formOutput {
		for _, name := range append([]string{"nodes"}, groups...) {
			options = append(options, cel.Variable(name, cel.ListType(node)))
			s.known = append(s.known, name)
		}
	}
	if form >= formStep {
		options = append(options, cel.Variable("node", node))
		s.known = append(s.known, "node")
	}
	s.env, err = cel.NewCustomEnv(options...)
	return s, err
}

// subset is what of CEL's standard library cannot be had: whatever deals with
// time (a time zone would be read from the machine's files), and has(), whose
// answer would depend on when it is asked, not on what is known in the end.
func subset() *env.LibrarySubset {
	s := env.NewLibrarySubset().AddExcludedMacros("has")
	for _, name := range []string{
		"timestamp", "duration", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear",
		"getHours", "getMilliseconds", "getMinutes", "getMonth", "getSeconds", "dyn", "type",
	} {
		s.AddExcludedFunctions(env.NewFunction(name))
	}
	return s
}

// expression is a compiled CEL expression.
type expression struct {
	text    string
	program cel.Program
	// params are the parameters that it refers to, in alphabetical order.
	params []string
	// alone is the parameter that it is, if it is nothing else.
	alone string
}

// compile checks and compiles one expression.
func (s *scope) compile(text string) (*expression, error) {
	ast, issues := s.env.Compile(text)
	if err := issues.Err(); err != nil {
		return nil, s.explain(text, issues)
	}
	if makesObject(ast) {
		return nil, errors.New("objects cannot be made, only maps and lists")
	}
	program, err := s.env.Program(ast,
		cel.CustomDecoratorV2(sortMaps), cel.CostLimit(maxCost), cel.MemoryLimit(maxSize),
		cel.MemoryTracking(types.MemoryTrackerSizeCalculator(types.NewSizeCalculator(
			types.SizeCalculatorMaxTraversal(maxSize), types.SizeCalculatorMaxDepth(maxDepth)))))
	if err != nil {
		return nil, errors.New(firstLine(err.Error()))
	}
	e := &expression{text: text, program: program}
	e.params, e.alone = parametersOf(ast)
	return e, nil
}

var (
	undeclared = regexp.MustCompile(`\Aundeclared reference to '([^']*)'`)
	undefined  = regexp.MustCompile(`\Aundefined field '([^']*)'`)
)

// explain makes one line of what the compiler says.
func (s *scope) explain(text string, issues *cel.Issues) error {
	var lines []string
	for _, issue := range issues.Errors() {
		message := strings.TrimSuffix(firstLine(issue.Message), " (in container '')")
		if m := undeclared.FindStringSubmatch(message); m != nil {
			message = fmt.Sprintf("unknown name %s: %s; a literal ${ is written $${", m[1], suggest(m[1], s.known))
			if strings.Contains(text, m[1]+"(") {
				message = fmt.Sprintf("unknown function %s: %s", m[1], suggest(m[1], s.functions()))
			}
		}
		if m := undefined.FindStringSubmatch(message); m != nil {
			message = fmt.Sprintf("unknown member %s: %s", m[1], suggest(m[1], s.members(m[1])))
		}
		if !slices.Contains(lines, message) && len(lines) < 3 {
			lines = append(lines, message)
		}
	}
	return errors.New(strings.Join(lines, "; "))
}

// functions are the functions and macros that there are; operators have names
// that begin with a sign.
func (s *scope) functions() []string {
	var names []string
	for _, name := range sortedKeys(s.env.Functions()) {
		if name[0] >= 'a' && name[0] <= 'z' {
			names = append(names, name)
		}
	}
	for _, m := range s.env.Macros() {
		if !slices.Contains(names, m.Function()) {
			names = append(names, m.Function())
		}
	}
	return names
}

// members are what an undefined member could have been meant to be. Nodes have
// every member, so it is either one of the parameters or one of a disk's.
func (s *scope) members(name string) []string {
	disk := s.fields[diskType]
	if _, ok := closest(name, disk); ok {
		if _, ok := closest(name, s.fields[parametersType]); !ok {
			return disk
		}
	}
	return s.fields[parametersType]
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	// The parser lists every token that it would have taken.
	line, _, _ = strings.Cut(line, " expecting {")
	return strings.TrimPrefix(line, "ERROR: <input>:")
}
