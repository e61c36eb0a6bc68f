// Whose pages these are: the organisation's logo and name, or ours.
import { type Branding, nameOf, useBranding } from "../style/branding";
import { ShieldIcon } from "./icons";

/** A name stands beside the picture, so the picture says nothing. */
export function MarkOf({ branding }: { branding: Branding }) {
  return branding.logo === undefined ? <ShieldIcon /> : <img className="brand-logo" src={branding.logo} alt="" />;
}
export function BrandOf({ branding }: { branding: Branding }) {
  return <><MarkOf branding={branding} /><span className="brand-name" dir="auto">{nameOf(branding)}</span></>;
}

export function Brand() {
  return <BrandOf branding={useBranding()} />;
}
