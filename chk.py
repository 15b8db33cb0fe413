import json,warnings; warnings.simplefilter("ignore")
import numpy as np, metaan as ma
from scipy.optimize import minimize_scalar
R=json.load(open("/tmp/reviewA/ref2.json"))
def ll(t,y,v,x):
    X=np.c_[np.ones(len(y)),x]; w=1/(v+t); C=np.linalg.inv((X.T*w)@X); b=C@((X.T*w)@y); r=y-X@b; return -.5*(np.log(v+t).sum()+(w*r*r).sum()),b
for n in ("egger_RR","li2007_OR","egger_OR","li2007_PETO"):
    o=R[n]; y,v=map(np.array,(o["y"],o["v"])); x=np.sqrt(v)
    for P,x in (("SE",np.sqrt(v)),("V",v)):
        t=ma.asymmetry_test(ma.pool(ma.Effects.from_arrays(y,v),tau2="ML",inference="WALD"),"EGGER_MIXED",predictor=P)
        g=np.r_[0,np.geomspace(1e-6,5,4000)]; L=[ll(a,y,v,x)[0] for a in g]; i=int(np.argmax(L))
        print(n,P,"ours tau2",t.tau2,ll(t.tau2,y,v,x),"grid",g[i],L[i],"at0",L[0],"R",o.get("rma_ML_"+("sei" if P=="SE" else "vi"))[2])
