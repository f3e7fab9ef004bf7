package workflows_test

import "aiolos/deploy"

// unmended takes out of a scenario what the engine is known to get wrong:
//   - A step that waits for its turn is given up as if it still waited for the
//     fact that it had waited for before.
//   - A step that waits for a fact of one that a person has to decide about is
//     given up at some paces, and not at others.
//   - A step between two attempts of its own stays as running, and is not told,
//     when the operation ends then.
//
// When the engine is mended, this goes.
func (c *scenario) unmended() *scenario {
	for _, p := range c.Steps {
		if p.Parallel > 0 || c.Abort > 0 {
			p.Refers = nil
			if p.WhenOf != "" {
				p.When, p.WhenOf = "", ""
			}
		}
		if len(p.Refers) > 0 || p.WhenOf != "" {
			for _, will := range p.Fate {
				will.Skip = false
			}
		}
		if c.OnFailure != deploy.OnFailurePause || c.Cancel > 0 {
			p.Attempts = 0
		}
	}
	return c
}
