package orm

import "entgo.io/ent"

func ownEdge(m *Mutation, name string) *Edge {
	for _, e := range m.t.Edges {
		if e.Name == name && e.key != nil {
			return e
		}
	}
	return nil
}

func ownEdges(m *Mutation, in func(key string) bool) []string {
	var names []string
	for _, e := range m.t.Edges {
		if e.key != nil && in(e.Key) {
			names = append(names, e.Name)
		}
	}
	return names
}

// AddedEdges are the edges whose key the mutation sets. Edges whose key is in
// another entity's rows are written from there.
func (m *Mutation) AddedEdges() []string {
	return ownEdges(m, func(key string) bool { return has(m.set, key) })
}

// AddedIDs is the id that an edge is set to.
func (m *Mutation) AddedIDs(name string) []ent.Value {
	if e := ownEdge(m, name); e != nil {
		if v, ok := m.set[e.Key]; ok {
			return []ent.Value{v}
		}
	}
	return nil
}

// RemovedEdges is empty: only edges to one row can be written.
func (m *Mutation) RemovedEdges() []string { return nil }

// RemovedIDs is empty: only edges to one row can be written.
func (m *Mutation) RemovedIDs(string) []ent.Value { return nil }

// ClearedEdges are the edges whose key the mutation sets to NULL.
func (m *Mutation) ClearedEdges() []string { return ownEdges(m, m.FieldCleared) }

// EdgeCleared reports whether the mutation sets an edge's key to NULL.
func (m *Mutation) EdgeCleared(name string) bool {
	e := ownEdge(m, name)
	return e != nil && m.cleared[e.Key]
}

// ClearEdge sets an edge's key to NULL.
func (m *Mutation) ClearEdge(name string) error {
	if e := ownEdge(m, name); e != nil {
		return m.ClearField(e.Key)
	}
	return unknown(m, "unique edge", name)
}

// ResetEdge takes back whatever the mutation does to an edge.
func (m *Mutation) ResetEdge(name string) error {
	if e := ownEdge(m, name); e != nil {
		return m.ResetField(e.Key)
	}
	return unknown(m, "edge", name)
}
