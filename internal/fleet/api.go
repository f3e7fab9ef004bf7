package fleet

import (
	"encoding/json"
	"errors"
	"net/http"

	"aiolos/deploy"
)

// What the provider asks the fleet's process over HTTP. It is for loopback: whoever
// reaches it may launch and terminate machines, which are none.
const (
	nodesPath      = "/v1/nodes"
	belongingsPath = "/v1/belongings"
	figuresPath    = "/v1/figures"
)

// maxCall bounds a call, in bytes: a hundred nodes with user data fit many times.
const maxCall = 64 << 20

type launchCall struct {
	Deployment string       `json:"deployment"`
	Nodes      []launchNode `json:"nodes"`
}

type launchNode struct {
	Spec     deploy.NodeSpec `json:"spec"`
	UserData []byte          `json:"user_data"`
}

type terminateCall struct {
	Deployment string `json:"deployment"`
	// Nodes is null for all of them.
	Nodes []string `json:"nodes"`
}

// Handler answers a Provider.
func (f *Fleet) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+nodesPath, func(w http.ResponseWriter, r *http.Request) {
		var c launchCall
		if !decode(w, r, &c) {
			return
		}
		nodes := make([]deploy.Launch, len(c.Nodes))
		for i, n := range c.Nodes {
			nodes[i] = deploy.Launch{NodeSpec: n.Spec, UserData: n.UserData}
		}
		instances, err := f.Launch(r.Context(), c.Deployment, nodes)
		reply(w, instances, err)
	})
	mux.HandleFunc("GET "+nodesPath, func(w http.ResponseWriter, r *http.Request) {
		instances, err := f.Find(r.Context(), r.URL.Query().Get("deployment"))
		reply(w, instances, err)
	})
	mux.HandleFunc("DELETE "+nodesPath, func(w http.ResponseWriter, r *http.Request) {
		var c terminateCall
		if decode(w, r, &c) {
			removed, err := f.Terminate(r.Context(), c.Deployment, c.Nodes)
			reply(w, removed, err)
		}
	})
	mux.HandleFunc("GET "+belongingsPath, func(w http.ResponseWriter, _ *http.Request) { reply(w, f.Belongings(), nil) })
	mux.HandleFunc("GET "+figuresPath, func(w http.ResponseWriter, r *http.Request) {
		reply(w, f.Figures(r.URL.Query().Get("deployment")), nil)
	})
	return mux
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxCall)).Decode(into)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
	}
	return err == nil
}

// failed is what an error is on the wire.
type failed struct {
	Node  string     `json:"node,omitempty"`
	Name  *NameError `json:"name,omitempty"`
	Error string     `json:"error"`
}

func reply(w http.ResponseWriter, result any, err error) {
	w.Header().Set("Content-Type", "application/json")
	if err != nil {
		said := failed{Error: err.Error()}
		var launch *LaunchError
		if errors.As(err, &launch) {
			said.Node, said.Error = launch.Node, launch.Err.Error()
		}
		_ = errors.As(err, &said.Name)
		w.WriteHeader(http.StatusUnprocessableEntity)
		result = said
	}
	_ = json.NewEncoder(w).Encode(result) // whoever asked has gone
}
