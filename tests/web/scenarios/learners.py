"""Learning platforms in the browser: one comes from the platform's page and goes back to it."""
from harness import Server, check, scenario, wait_until
from doing import Story
from meetings import browser
from learning import Platform
from receiver import Receiver


@scenario("who leaves a learning platform's meeting is at the page that the platform named; who was removed reads so, and is offered it")
def back_at_the_platform(world):
    server = Server(world).start().set_up()
    receiver = world.keep(Receiver(lambda _: b"{}"))
    platform = Platform(server)
    back = receiver.url("/course?id=7")
    platform.ask("create", meetingID="class-1", name="Algebra", attendeePW="ap", moderatorPW="mp", logoutURL=back)
    teacher = server.join(platform.join(meetingID="class-1", fullName="Tess Teacher", password="mp"), "Tess Teacher", stdin=True)
    wait_until("the teacher to be in", lambda: teacher.last().get("state") == "joined", 20)
    links = {name: platform.join(meetingID="class-1", fullName=name.capitalize(), password="ap") for name in ("ada", "bob")}
    story = Story(browser(world, "learners", **links, back=back))
    story.told("inside")
    story.told("left")
    check(len(receiver.got) > 0 and receiver.got[0][1] == "/course?id=7", f"the platform's page was not asked for: {receiver.got}")
    check(not any(name.lower() == "referer" for name in receiver.got[0][2]), f"the page was told the link: {receiver.got[0][2]}")
    teacher.say("/remove Bob")
    story.say("removed")
    done = story.told("done")
    check(done["stayed"], "who was removed was sent away before reading it")
    for screen, found in done["findings"].items():
        check(not found, f"axe on {screen}: {found}")
    check(not done["problems"], f"the pages complain: {done['problems']}")
    check(story.process.wait(30) == 0, f"the browsers did not end: {story.process.errors()[-1500:]}")
