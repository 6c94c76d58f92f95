package pgtest

import "testing"

func TestADumpIsLoaded(t *testing.T) {
	const script = `\restrict k3y
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.t (s text);
INSERT INTO public.t VALUES ('one
\two');
\unrestrict k3y
`
	var got string
	err := open(New(t, Dump(script))).QueryRowContext(t.Context(), "SELECT s FROM t").Scan(&got)
	if err != nil || got != "one\n\\two" {
		t.Errorf("got %q, %v", got, err)
	}
}
