// The console's place. It says plainly what is not there yet.
import { Link } from "react-aria-components";
import { site } from "../i18n/site";

export default function AdminApp() {
  return (
    <main className="message">
      <h1>{site("admin.title")}</h1>
      <p>{site("admin.missing")}</p>
      <Link href="/app">{site("nav.back")}</Link>
    </main>
  );
}
