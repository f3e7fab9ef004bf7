package deploy

import (
	"errors"

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
		cel.EnableHiddenAccumulatorName(true), cel.EnableIdentifierEscapeSyntax(),
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

// kind is the type of an expression's value; ok is false if it does not compile.
func (s *scope) kind(text string) (kind string, ok bool) {
	compiled, issues := s.env.Compile(text)
	if issues.Err() != nil {
		return "", false
	}
	return compiled.OutputType().String(), true
}

// expression is a compiled CEL expression.
type expression struct {
	text    string
	program cel.Program
	// params are the parameters that it refers to, in alphabetical order.
	params []string
	// alone is the parameter that it is, if it is nothing else.
	alone string
	// refers are the nodes' facts that it refers to.
	refers []reference
	// others says that it looks at nodes beside the step's own.
	others bool
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
	e.refers = referencesOf(ast)
	e.others = s.looksAtOthers(ast)
	return e, nil
}
