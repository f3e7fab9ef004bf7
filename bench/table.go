package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// report renders all that was measured, as Markdown.
func report(samples []sample, machine string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "\n%s\n", machine)
	for _, s := range samples {
		// Each kind of run once, where it is met first.
		if at := slices.IndexFunc(samples, func(o sample) bool { return o.Deed == s.Deed && o.Nodes == s.Nodes }); samples[at].same(s) {
			b.WriteString("\n" + table(samples, s.Deed, s.Nodes))
		}
	}
	return b.String()
}

func (s sample) same(o sample) bool {
	return s.Tool == o.Tool && s.Round == o.Round && s.Deed == o.Deed && s.Nodes == o.Nodes
}

// table is one kind of run, a line for each tool.
func table(samples []sample, d deed, nodes int) string {
	samples = slices.DeleteFunc(slices.Clone(samples), func(s sample) bool { return s.Deed != d || s.Nodes != nodes })
	wall := func(s sample) float64 { return s.Wall.Seconds() }
	cpu := func(s sample) float64 { return s.cpu().Seconds() }
	base, baseCPU := byRound(samples, bound, wall), byRound(samples, bound, cpu)
	var b strings.Builder
	fmt.Fprintf(&b, "| %s, %d nodes | seconds | spread | ratio | CPU s | ratio | memory MB |\n|---|---|---|---|---|---|---|\n", title(d), nodes)
	for _, name := range known() {
		walls, cpus := byRound(samples, name, wall), byRound(samples, name, cpu)
		if len(walls) == 0 {
			continue
		}
		w, c := summarize(values(walls)), summarize(values(cpus))
		m := summarize(values(byRound(samples, name, func(s sample) float64 { return float64(s.memory()) / 1e6 })))
		fmt.Fprintf(&b, "| %s | %.2f | %.0f %% | %s | %s | %s | %s |\n", label(name), w.median, 100*w.spread(), times(ratio(walls, base)),
			fmt.Sprintf("%.2f", c.median)+shares(samples, name, func(p part) float64 { return p.CPU.Seconds() }, "%.2f"), times(ratio(cpus, baseCPU)),
			fmt.Sprintf("%.0f", m.median)+shares(samples, name, func(p part) float64 { return float64(p.Memory) / 1e6 }, "%.0f"))
	}
	return b.String()
}

// shares tells the parts of a sum, where there are several.
func shares(samples []sample, tool string, of func(part) float64, format string) string {
	var names []string
	shares := map[string][]float64{}
	for _, s := range samples {
		if s.Tool != tool {
			continue
		}
		for _, p := range s.Parts {
			if !slices.Contains(names, p.Name) {
				names = append(names, p.Name)
			}
			shares[p.Name] = append(shares[p.Name], of(p))
		}
	}
	if len(names) < 2 {
		return ""
	}
	var told []string
	for _, name := range names {
		told = append(told, fmt.Sprintf("%s "+format, name, summarize(shares[name]).median))
	}
	return " (" + strings.Join(told, ", ") + ")"
}

func byRound(samples []sample, tool string, of func(sample) float64) map[int]float64 {
	values := map[int]float64{}
	for _, s := range samples {
		if s.Tool == tool {
			values[s.Round] = of(s)
		}
	}
	return values
}

func values(byRound map[int]float64) []float64 {
	var all []float64
	for _, v := range byRound {
		all = append(all, v)
	}
	return all
}

func times(ratio float64) string {
	if math.IsNaN(ratio) {
		return "–"
	}
	return fmt.Sprintf("%.2f", ratio)
}

func title(d deed) string {
	return map[deed]string{fresh: "Fresh", again: "Again, nothing to do", grow: "Grown"}[d]
}
