package conformance

import (
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// datedSlugs tests slugs that are made of a title and the time.
func datedSlugs(table, fallback string) maintenance {
	return func(t *testing.T, d Database) {
		ctx, j := System(t), newJudge(t, d)
		e := j.byTable[table]
		model := j.make(t, e, nil)
		create := func(title, slug string) reflect.Value {
			builder := e.createLike(model)
			set(builder, "Title", title)
			set(builder, "Slug", slug)
			return builder
		}
		slugs := func(creates ...reflect.Value) (found []string) {
			t.Helper()
			out := e.client.MethodByName("CreateBulk").Call(creates)[0].MethodByName("Save").Call(values(ctx))
			if err := errorOf(out); err != nil {
				t.Fatal(err)
			}
			for i := range out[0].Len() {
				found = append(found, e.column(e.get(ctx, t, idOf(out[0].Index(i).Interface())), "slug").(string))
			}
			return found
		}

		for title, pattern := range map[string]string{
			"Crème & Brûlée!":        `^creme-brulee-\d{20}$`,
			"漢字 🙂":                   "^" + fallback + `-\d{20}$`,
			strings.Repeat("a", 255): `^a{234}-\d{20}$`,
			// The cut leaves no hyphen behind.
			strings.Repeat("a", 233) + " " + strings.Repeat("b", 9): `^a{233}-\d{20}$`,
		} {
			one := create(title, "")
			out := one.MethodByName("Save").Call(values(ctx))
			if err := errorOf(out); err != nil {
				t.Fatal(err)
			}
			slug := e.column(out[0].Interface(), "slug").(string)
			if !regexp.MustCompile(pattern).MatchString(slug) {
				t.Errorf("%.20q: slug %s, want %s", title, slug, pattern)
			}
		}

		// Many of the same title at once, and one with a slug of its own.
		var same []reflect.Value
		for range 50 {
			same = append(same, create("News", ""))
		}
		found := slugs(append(same, create("News", "of-its-own"))...)
		if found[50] != "of-its-own" {
			t.Errorf("a slug of its own became %s", found[50])
		}
		if made := found[:50]; !slices.IsSorted(made) || len(slices.Compact(made)) != 50 {
			t.Errorf("slugs are not in the order of the posts, each another: %v", made)
		}

		// Another title leaves the slug as it is.
		row := e.call("Get", ctx, idOf(model))[0].Interface()
		update := e.call("UpdateOne", row)[0]
		set(update, "Title", "Something else")
		if err := errorOf(update.MethodByName("Exec").Call(values(ctx))); err != nil {
			t.Fatal(err)
		}
		if slug := e.column(e.get(ctx, t, idOf(model)), "slug"); slug != e.column(model, "slug") {
			t.Errorf("with its title the slug became %v", slug)
		}
	}
}
