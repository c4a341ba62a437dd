def sentence(code, facts, language): return f"{code} {facts}"
def explain(e, l): return {"code": e.code, "message": str(e), "rows": []}
